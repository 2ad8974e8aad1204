"""`longshore config`, as a user types it."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from longshore.server.config import Settings
from longshore.source.project import Project
from tests.cli.program import longshore


def test_show_says_where_each_value_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "longshore.toml"
    file.write_text('gc_grace = "48h"')
    done = longshore("config", "show", "--config", str(file), "--root", "/r", LONGSHORE_WORKERS="4")
    lines = {line.split()[0]: line.split(maxsplit=2)[1:] for line in done.stdout.splitlines()}
    assert lines["root"] == ["/r", "--root"]
    assert lines["workers"] == ["4", "LONGSHORE_WORKERS"]
    assert lines["gc_grace"][0] == "2d"
    assert lines["listen"] == ["127.0.0.1:5000", "default"]
    assert list(lines) == list(Settings.model_fields)


def test_show_as_json_reads_back_as_the_same_settings() -> None:
    shown = json.loads(longshore("config", "show", "--json", "--gc-grace", "1h").stdout)
    assert shown["gc_grace"] == {"value": 3600, "origin": "--gc-grace"}
    values = {key: row["value"] for key, row in shown.items()}
    assert Settings.model_validate(values) == Settings(gc_grace=3600)


@pytest.mark.parametrize(("options", "model"), [((), Settings), (("--project",), Project)])
def test_a_schema_is_the_model_with_a_description_of_every_key(
    options: tuple[str, ...], model: type[BaseModel]
) -> None:
    schema = json.loads(longshore("config", "schema", *options).stdout)
    parts = [schema, *schema.get("$defs", {}).values()]
    texts = [key.pop("description", "") for part in parts for key in part["properties"].values()]
    assert all(text.endswith((".", ".)")) for text in texts)
    assert schema == model.model_json_schema()


def test_a_description_is_what_stands_below_the_field() -> None:
    schema = json.loads(longshore("config", "schema", "--project").stdout)
    inherited, inner = schema["properties"]["lookalikes"], schema["$defs"]["Releases"]["properties"]
    assert inherited["description"].startswith("Whether a branch that looks like a version gets")
    assert inner["immutable"]["description"] == (
        "Whether a version that exists keeps its content for ever."
    )


@pytest.mark.parametrize(
    ("arguments", "environ", "told"),
    [
        (["--workers", "65"], {}, "longshore: --workers: Input should be less than or equal"),
        (["--gc-grase", "1"], {}, "No such option: --gc-grase (Possible options: --gc-grace)"),
        ([], {"LONGSHORE_GC_GRASE": "1"}, "LONGSHORE_GC_GRASE: there is no such setting; did you"),
        (["--config", "/nowhere.toml"], {}, "longshore: /nowhere.toml: No such file or directory"),
    ],
)
def test_what_is_asked_for_wrongly_is_refused_with_code_2(
    arguments: list[str], environ: dict[str, str], told: str
) -> None:
    done = longshore("config", "show", *arguments, **environ)
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert "Traceback" not in done.stderr
