"""`longshore robot`: secrets that are alone on standard output, once."""

from datetime import UTC, datetime, timedelta

import pytest

from longshore.registry.secrets import is_wellformed
from tests.cli.managed import Folder


def test_the_secret_is_alone_on_standard_output(folder: Folder) -> None:
    done = folder.run("robot", "add", "ci", "--grant", "team/**:pull,push", "--expires", "90d")
    assert done.returncode == 0
    secret = done.stdout.removesuffix("\n")
    assert is_wellformed(secret)
    assert "shown this once" in done.stderr
    assert secret not in done.stderr
    [robot] = folder.json("robot", "list")
    [kept] = robot["secrets"]
    left = datetime.fromisoformat(kept["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)
    assert secret not in folder.do("robot", "list", "--json")


def test_programs_get_the_secret_with_all_that_belongs_to_it(folder: Folder) -> None:
    made = folder.json("robot", "add", "ci", "--description", "builds")
    assert is_wellformed(made["secret"])
    assert (made["name"], made["description"], made["is_first"]) == ("ci", "builds", False)


def test_robots_are_listed_disabled_and_removed(folder: Folder) -> None:
    folder.do("robot", "add", "ci", "--grant", "team/**:push")
    folder.do("robot", "disable", "ci")
    assert folder.do("robot", "list").splitlines() == [
        "NAME  STATE     LAST LOGIN  GRANTS",
        "ci    disabled  never       team/**:push",
    ]
    assert folder.do("robot", "enable", "ci") == "Enabled ci.\n"
    assert folder.do("robot", "remove", "ci") == "Removed ci.\n"
    assert folder.json("robot", "list") == []


def test_a_secret_is_changed_by_adding_one_and_removing_the_other(folder: Folder) -> None:
    first = folder.json("robot", "add", "ci")["secrets"][0]["id"]
    added = folder.json("robot", "secret", "add", "ci", "--label", "new", "--expires", "1d")
    assert is_wellformed(folder.do("robot", "secret", "add", "ci").strip())
    assert folder.do("robot", "secret", "remove", "ci", first) == f"Removed {first}.\n"
    listed = folder.json("robot", "secret", "list", "ci")
    assert first not in {one["id"] for one in listed}
    heading, *lines = folder.do("robot", "secret", "list", "ci").splitlines()
    assert heading.split() == ["ID", "CREATED", "EXPIRES", "LAST", "LOGIN", "LABEL"]
    assert [line.split()[0] for line in lines] == [one["id"] for one in listed]
    [line] = [line for line in lines if line.startswith(added["id"])]
    assert line.endswith("new")
    assert folder.run("robot", "secret", "remove", "ci", first).returncode == 1


@pytest.mark.parametrize("time", ["", "soon", "-1d", "0s", "999999999999999d"])
def test_an_end_that_is_none_is_refused(folder: Folder, time: str) -> None:
    done = folder.run("robot", "add", "ci", "--expires", time)
    assert (done.returncode, done.stdout) == (2, "")
    assert folder.json("robot", "list") == []
