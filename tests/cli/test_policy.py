"""`longshore policy`, as a user types it: in a folder and at a server."""

from pathlib import Path

import pytest

from tests.cli.managed import Elsewhere, Folder
from tests.cli.program import longshore_in
from tests.serving import Server

FILE = """\
image: registry.example.com/team/app
x-own: ours
releases:
  aliases: [minor, latest]
  prerelease_channel: next
protected:
  latest: [ci, "@releasers"]
"""
WRITTEN = {
    "releases": {"aliases": ["minor", "latest"], "prerelease_channel": "next"},
    "protected": {"latest": ["ci", "@releasers"]},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "longshore.yaml"
    file.write_text(FILE)
    return file


def test_a_policy_is_applied_shown_listed_and_removed(folder: Folder, file: Path) -> None:
    apply = ("policy", "apply", "--file", str(file))
    assert folder.do(*apply) == (
        "team/app: versions never change; minor, latest, next follow; latest protected.\n"
    )
    assert folder.do("policy", "show", "team/app/web") == (
        "# team/app/web has the policy of team/app\n"
        "releases:\n  aliases:\n  - minor\n  - latest\n  prerelease_channel: next\n"
        "protected:\n  latest:\n  - ci\n  - '@releasers'\n"
    )
    assert folder.json("policy", "show", "team/app") == {"pattern": "team/app", "policy": WRITTEN}
    assert folder.json("policy", "list") == [{"pattern": "team/app", "policy": WRITTEN}]
    assert folder.json(*apply, "--pattern", "**") == {"pattern": "**", "policy": WRITTEN}
    removed = folder.do("policy", "remove", "team/app")
    assert removed == "team/app has no policy of its own any more.\n"
    assert folder.json("policy", "show", "team/app")["pattern"] == "**"
    assert folder.run("policy", "remove", "team/app").returncode == 1


def test_a_repository_without_a_policy_is_told_so(folder: Folder) -> None:
    told = folder.do("policy", "show", "team/app")
    assert told == "# team/app has no policy: every tag may move.\n"
    assert folder.json("policy", "show", "team/app") == {"pattern": None, "policy": None}
    assert folder.json("policy", "list") == []
    assert folder.run("policy", "show", "Team").returncode == 2


def test_what_is_shown_can_be_applied_again(folder: Folder, file: Path) -> None:
    folder.do("policy", "apply", "--file", str(file))
    file.write_text(folder.do("policy", "show", "team/app"))
    folder.do("policy", "apply", "--file", str(file), "--pattern", "team/other")
    assert folder.json("policy", "show", "team/other")["policy"] == WRITTEN


def test_a_file_that_says_nothing_is_the_sample_approach(folder: Folder, file: Path) -> None:
    file.write_text("image: app\n")
    assert folder.do("policy", "apply", "--file", str(file)) == (
        "app: versions never change; minor, major, latest follow; no tag is protected.\n"
    )
    file.write_text("image: app\nreleases: {immutable: no, aliases: []}\n")
    folder.do("policy", "apply", "--file", str(file), "--pattern", "**")
    assert folder.do("policy", "list").splitlines() == [
        "PATTERN  VERSIONS    ALIASES             PROTECTED",
        "**       may change  -                   -",
        "app      fixed       minor,major,latest  -",
    ]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("releases: {}", (), "image: Field required"),
        ("releases: {alises: []}", ("--pattern", "a"), ":1: releases.alises: there is no such key"),
        ("image: app", ("--pattern", "A"), "'A' is no pattern"),
    ],
)
def test_what_can_not_be_applied_is_asked_for_wrongly(
    folder: Folder, file: Path, text: str, options: tuple[str, ...], said: str
) -> None:
    file.write_text(text)
    done = folder.run("policy", "apply", "--file", str(file), *options)
    assert done.returncode == 2
    assert said in done.stderr


def test_the_file_is_that_of_the_folder(folder: Folder, file: Path, tmp_path: Path) -> None:
    words = ("policy", "apply", "--root", str(folder.root))
    assert longshore_in(tmp_path, *words).returncode == 0
    file.unlink()
    done = longshore_in(tmp_path, *words)
    assert (done.returncode, "there is no longshore.yaml here" in done.stderr) == (2, True)


def test_a_team_decides_at_a_server_about_its_own(folder: Folder, file: Path) -> None:
    secret = folder.json("robot", "add", "team", "--grant", "team/**:admin")["secret"]
    with Server(folder.root) as server:
        elsewhere = Elsewhere(server.url, secret)
        assert elsewhere.json("policy", "apply", "--file", str(file))["pattern"] == "team/app"
        assert elsewhere.json("policy", "show", "team/app")["policy"] == WRITTEN
        refused = elsewhere.run("policy", "apply", "--file", str(file), "--pattern", "**")
        assert refused.returncode == 3
