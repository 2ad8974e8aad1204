"""What the page on docker/metadata-action says of rules and outputs is so."""

import json
import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cli.program import longshore_in
from tests.docs.pages import DOCS, Page
from tests.source.repository import Repository

PAGE = Page(DOCS / "coming-from-metadata-action.md")
IMAGE = "registry.example.com/team/app"
CELLS = 4
GITHUB = {"CI": "true", "GITHUB_ACTIONS": "true"}


class Rule(NamedTuple):
    """A row of the table: what takes the rule's place, for which reference, and what comes out."""

    said: list[str]
    ref: str
    names: list[str]


def rules() -> dict[str, Rule]:
    """The rows that have names, by the rule."""
    _, _, table = PAGE.text.partition("| rule |")
    rows = (
        line.strip("|").split("|") for line in table.splitlines() if line.count("|") == CELLS + 1
    )
    return {
        rule.strip(): Rule(code(said), code(ref)[0], code(names))
        for rule, said, ref, names in rows
        if code(names)
    }


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def checkout(folder: Path, rule: Rule) -> Repository:
    """A checkout as GitHub Actions has it for that reference, with what the rule says."""
    made = Repository.make(folder / "app")
    lines = [f"image: {IMAGE}", *(line for line in rule.said if not line.startswith("--"))]
    (made.folder / "longshore.yaml").write_text("\n".join(lines) + "\n")
    made.git("add", "longshore.yaml")
    made.commit("first")
    if rule.ref.startswith("refs/tags/"):
        made.git("tag", rule.ref.removeprefix("refs/tags/"))
    made.git("switch", "--quiet", "--detach")
    return made


def options(rule: Rule) -> list[str]:
    return [word for line in rule.said if line.startswith("--") for word in shlex.split(line)]


@pytest.mark.parametrize("rule", rules().values(), ids=list(rules()))
def test_every_rule_of_the_table_gives_the_names_that_it_says(rule: Rule, tmp_path: Path) -> None:
    made = checkout(tmp_path, rule)
    words = ["tags", "--json", "--aliases-from-git", *options(rule)]
    done = longshore_in(made.folder, *words, **GITHUB, GITHUB_REF=rule.ref)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tag-names"] == rule.names


def outputs(folder: Path) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """The outputs of the step for v1.0.5, each as lines, and the parsed one."""
    rule = Rule([], "refs/tags/v1.0.5", [])
    made, file = checkout(folder, rule), folder / "outputs"
    words = ["tags", "--github-output", "--aliases-from-git"]
    environ = GITHUB | {"GITHUB_REF": rule.ref, "GITHUB_OUTPUT": str(file)}
    done = longshore_in(made.folder, *words, **environ)
    assert done.returncode == 0, done.stderr
    written = re.findall(r"([\w-]+)<<(\S+)\n(.*?)\n\2\n", file.read_text(), re.DOTALL)
    lines = {key: value.splitlines() for key, _, value in written}
    return lines, json.loads("".join(lines["json"]))


def test_the_outputs_are_those_of_the_page(tmp_path: Path) -> None:
    lines, _ = outputs(tmp_path)
    _, _, table = PAGE.text.partition("| output |")
    told = re.findall(r"^\| `([\w-]+)` \|", table.partition("## ")[0], re.MULTILINE)
    assert list(lines) == told


def test_each_output_has_the_shape_that_the_action_gives_it(tmp_path: Path) -> None:
    """As the action's own readers take it: lists a line each, labels as key=value."""
    lines, parsed = outputs(tmp_path)
    names = ["1.0.5", "1.0", "1", "latest"]
    assert lines["version"] == ["1.0.5"]
    assert lines["tag-names"] == parsed["tag-names"] == names
    assert lines["tags"] == parsed["tags"] == [f"{IMAGE}:{name}" for name in names]
    assert dict(line.split("=", 1) for line in lines["labels"]) == parsed["labels"]
    assert lines["annotations"] == parsed["annotations"]
    assert all(re.fullmatch(r"manifest:[\w.]+=.*", line) for line in lines["annotations"])
    assert parsed["labels"]["org.opencontainers.image.version"] == "1.0.5"


def test_the_step_of_the_page_is_a_command_that_exists(tmp_path: Path) -> None:
    [after] = [block for block in PAGE.blocks("yaml") if block.startswith("# after")]
    [command] = re.findall(r"run: longshore (.*)", after)
    done = longshore_in(tmp_path, *shlex.split(command), "--help")
    assert done.returncode == 0
