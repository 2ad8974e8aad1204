"""Pages that list things list all of them: settings, metrics; and the unit of systemd is sound."""

import re
import subprocess
from pathlib import Path

import pytest

from longshore.api.metrics import CERTIFICATE_EXPIRY, Metrics
from longshore.source import project, writing
from longshore.source.environments import EnvironmentPart, WindowPart
from longshore.source.health import HealthCommand, HealthPart, HTTPProbe
from longshore.source.project import Project
from longshore.source.services import NetworkPart, ServicePart
from tests.cli.program import longshore
from tests.clients.tools import tool
from tests.docs.pages import DOCS, ROOT, Page


def test_the_reference_of_settings_is_the_models() -> None:
    written = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert written == longshore("config", "reference").stdout, "run `make docs`"


def test_every_metric_is_described() -> None:
    metrics = Metrics()
    metrics.count("blob", "GET", 200, seconds=0.1, received=0, sent=1)
    told = metrics.exposition({CERTIFICATE_EXPIRY: 1}).decode()
    exposed = re.findall(r"^# TYPE (\w+)", told, re.MULTILINE)
    page = (DOCS / "monitoring.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(\w+)` \| [\w, ]*\|", page, re.MULTILINE)
    assert sorted(described) == sorted(exposed)


def test_every_key_of_the_project_file_is_described() -> None:
    page = (DOCS / "tags.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `([\w.]+)` \| [^|]*\| \w", page, re.MULTILINE)
    schema = Project.model_json_schema()
    parts = [name for name in schema["properties"] if name.title() in schema["$defs"]]
    keys = [name for name in schema["properties"] if name not in parts]
    keys += [
        f"{part}.{key}" for part in parts for key in schema["$defs"][part.title()]["properties"]
    ]
    assert sorted(described) == sorted(keys)


def test_every_key_of_services_and_environments_is_described() -> None:
    page = (DOCS / "environments.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]*) \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE)
    described = {key for row in rows for key in re.findall(r"`([a-z0-9_]+)`", row[0])}
    told = {key for row in rows for key in re.findall(r"`([a-z0-9_]+)`", row[1])}
    told |= set(re.findall(r"`(\w+)`", page[page.index("A window has") :]))
    for part in (EnvironmentPart, ServicePart, HealthPart):
        assert part.model_fields.keys() <= described, part
    for inner in (WindowPart, HTTPProbe, HealthCommand, NetworkPart):
        assert inner.model_fields.keys() <= described | told, inner
    keys = [part.model_fields for part in (EnvironmentPart, ServicePart, HealthPart)]
    assert described == {key for part in keys for key in part}


def test_the_example_of_environments_can_be_read(tmp_path: Path) -> None:
    [example] = Page(DOCS / "environments.md").blocks("yaml")
    file = tmp_path / "longshore.yaml"
    file.write_text(example)
    assert [each.name for each in project.load(file).to_environments()] == [
        "development",
        "staging",
        "production",
    ]


def test_the_examples_of_several_hosts_mean_what_the_page_says(tmp_path: Path) -> None:
    file = tmp_path / "longshore.yaml"
    declared = []
    for example in Page(DOCS / "several-hosts.md").blocks("yaml"):
        file.write_text(example)
        declared.append(project.load(file).to_environments())
    in_turn, spread = declared
    assert [each.promote_from for each in in_turn] == ["", "production-1", "production-2"]
    assert [each.verified_after for each in in_turn] == [120, 120, 0]
    assert [[each.name for each in one.services] for one in spread] == [["web"], ["worker"]]


def test_the_example_of_a_container_that_is_taken_over_is_as_it_is_printed(tmp_path: Path) -> None:
    [example] = Page(DOCS / "agent.md").blocks("yaml")
    file = tmp_path / "longshore.yaml"
    file.write_text(f"image: registry.example.com/team/app\n{example}")
    assert writing.text(*project.load(file).to_services()) == example


def test_every_promise_of_security_is_shown_by_tests_that_exist() -> None:
    page = (DOCS / "security.md").read_text(encoding="utf-8")
    promises = re.findall(r"^\*\*.*?(?=^\*\*|^## )", page, re.MULTILINE | re.DOTALL)
    assert [promise for promise in promises if "`tests/" not in promise] == []
    for file, names in re.findall(r"`(tests/[\w/]+\.py)`:((?:[\s,]*`test_\w+`)+)", page):
        code = (ROOT / file).read_text(encoding="utf-8")
        missing = [name for name in re.findall(r"test_\w+", names) if f"def {name}(" not in code]
        assert missing == [], file


@pytest.mark.parametrize("name", ["systemd.md", "agent.md"])
def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
    [unit] = Page(DOCS / name).blocks("ini")
    file = tmp_path / "longshore.service"
    file.write_text(unit.replace("/opt/longshore/bin/longshore", "/bin/true"))
    analyze = tool("/usr/bin/systemd-analyze")
    done = subprocess.run([analyze, "verify", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_starts_the_server_with_options_that_exist() -> None:
    [unit] = Page(DOCS / "systemd.md").blocks("ini")
    [options] = re.findall(r"^ExecStart=\S+/longshore serve (.*)$", unit, re.MULTILINE)
    shown = longshore("config", "show", *options.split())
    assert (shown.returncode, shown.stderr) == (0, "")


def test_the_unit_leaves_time_for_a_graceful_stop() -> None:
    [unit] = Page(DOCS / "systemd.md").blocks("ini")
    [patience] = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    shown = longshore("config", "show", "--json").stdout
    [timeout] = re.findall(r'"stop_timeout": {\s*"value": (\d+)', shown)
    assert int(patience) > int(timeout)
