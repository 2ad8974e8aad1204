"""Settings: which source wins, what is refused, and in which words."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from longshore.server.config import ConfigurationError, Settings, load, shown


def refusal(
    file: Path | None = None,
    environ: dict[str, str] | None = None,
    flags: dict[str, str | None] | None = None,
) -> str:
    """What a user is told when these sources are loaded."""
    with pytest.raises(ConfigurationError) as refused:
        load(file, environ or {}, flags or {})
    return str(refused.value)


def test_without_sources_everything_is_a_default() -> None:
    configuration = load(None, {}, {})
    assert configuration.settings == Settings()
    assert configuration.origins == {}


def test_flags_win_over_environment_over_file_over_default(tmp_path: Path) -> None:
    file = tmp_path / "longshore.toml"
    file.write_text('root = "/file"\nworkers = 2\ngc_grace = "1h"\n')
    environ = {"LONGSHORE_ROOT": "/environment", "LONGSHORE_WORKERS": "3", "PATH": "/bin"}
    configuration = load(file, environ, {"root": "/flag", "workers": None})

    assert configuration.settings == Settings(root=Path("/flag"), workers=3, gc_grace=3600)
    assert configuration.origins == {
        "root": "--root",
        "workers": "LONGSHORE_WORKERS",
        "gc_grace": f"gc_grace in {file}",
    }


def test_the_environment_can_name_the_file_and_the_flag_wins(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text("workers = 1")
    two.write_text("workers = 2")
    environ = {"LONGSHORE_CONFIG": str(one)}
    assert load(None, environ, {}).settings.workers == 1
    assert load(two, environ, {}).settings.workers == 2


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().workers = 2  # type: ignore[misc]


def test_an_unknown_key_is_refused_where_it_stands_with_what_was_meant(tmp_path: Path) -> None:
    file = tmp_path / "longshore.toml"
    file.write_text("gc_grase = 1\n[storage]\n")
    assert refusal(file, {"LONGSHORE_WORKER": "2"}).splitlines() == [
        f"gc_grase in {file}: there is no such setting; did you mean gc_grace?",
        f"storage in {file}: there is no such setting",
        "LONGSHORE_WORKER: there is no such setting; did you mean workers?",
    ]


def test_every_wrong_value_is_named_with_its_source(tmp_path: Path) -> None:
    file = tmp_path / "longshore.toml"
    file.write_text("workers = true\nmanifest_limit = 1024\n")
    told = refusal(file, {"LONGSHORE_LISTEN": "5000"}, {"log_level": "loud"})
    assert sorted(told.splitlines()) == [
        "--log-level: Input should be 'debug', 'info', 'warning' or 'error', not 'loud'",
        "LONGSHORE_LISTEN: write HOST:PORT, such as 127.0.0.1:5000 or [::1]:5000, not '5000'",
        f"manifest_limit in {file}: Input should be greater than or equal to 4194304, not 1024",
        f"workers in {file}: write a whole number, not True",
    ]


def test_an_overruled_value_need_not_be_right() -> None:
    assert load(None, {"LONGSHORE_WORKERS": "many"}, {"workers": "2"}).settings.workers == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file or directory"),
        (b"workers =", "Invalid value"),
        (b"root = '\xff'", "invalid start byte"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    file = tmp_path / "longshore.toml"
    if content is not None:
        file.write_bytes(content)
    message = refusal(file)
    assert message.startswith(f"{file}: ")
    assert told in message


def test_variables_that_others_set_do_not_count() -> None:
    environ = {
        "LONGSHORE_PORT": "tcp://10.0.0.7:5000",
        "LONGSHORE_PORT_5000_TCP": "tcp://10.0.0.7:5000",
        "LONGSHORE_SERVICE_HOST": "10.0.0.7",
        "LONGSHORE_LISTEN": "",
    }
    assert load(None, environ, {}).origins == {}


def test_a_value_that_is_none_is_shown_as_not_set() -> None:
    written = {key: shown(key, field.default) for key, field in Settings.model_fields.items()}
    assert written["external_url"] == "not set"
    assert written["trusted_proxies"] == "not set"
    assert shown("trusted_proxies", ["10.0.0.0/8", "::1/128"]) == "10.0.0.0/8, ::1/128"


def test_the_json_schema_knows_bounds_units_and_written_defaults() -> None:
    properties = Settings.model_json_schema()["properties"]
    defaults = {key: field["default"] for key, field in properties.items()}
    assert Settings.model_validate(defaults) == Settings()
    assert properties["workers"]["minimum"] == 0
    number, written = properties["gc_interval"]["anyOf"]
    assert number["minimum"] == 1
    assert re.fullmatch(written["pattern"], "15m")
