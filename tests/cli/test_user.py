"""`longshore user`: on a terminal, off it, and in a folder that has no registry yet."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.managed import PASSWORD, Folder, Typing
from tests.cli.program import longshore


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "data")


def test_the_first_user_makes_the_registry_and_closes_it(folder: Folder) -> None:
    done = folder.run("user", "add", "alice", "--password-stdin", given=f"{PASSWORD}\n")
    assert done.returncode == 0
    assert done.stdout == (
        "Added alice.\nTo let alice do something: longshore grant add alice 'team/**' pull,push\n"
    )
    assert f"There was no registry in {folder.root}: made one." in done.stderr
    assert "This is the first account" in done.stderr
    again = folder.run("user", "add", "bob", "--admin", "--password-stdin", given=PASSWORD)
    assert (again.stdout, again.stderr) == ("Added bob.\n", "")


def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(folder: Folder) -> None:
    typing = Typing("user", "add", "alice", "--root", str(folder.root))
    typing.answer("Password: ", PASSWORD)
    typing.answer("Repeat for confirmation: ", "mistyped")
    typing.answer("Password: ", PASSWORD)
    typing.answer("Repeat for confirmation: ", PASSWORD)
    assert typing.end() == 0
    assert "Added alice." in typing.seen
    assert PASSWORD not in typing.seen
    assert [user["name"] for user in folder.json("user", "list")] == ["alice"]


def test_off_a_terminal_it_says_where_the_password_is_read_from(folder: Folder) -> None:
    done = folder.run("user", "add", "alice")
    assert done.returncode == 2
    assert "--password-stdin" in done.stderr
    assert not folder.root.exists()


def test_nothing_else_makes_a_registry(folder: Folder) -> None:
    done = folder.run("robot", "add", "ci")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"longshore: {folder.root}: no registry has its data here")
    assert "--root" in done.stderr


@pytest.mark.parametrize(
    ("name", "password", "code", "reason"),
    [
        ("alice", PASSWORD, 1, "there is a user alice already"),
        ("bob", "short", 2, "a password has at least 8 characters, and at most 1024"),
        ("bobby-bob", "Bobby-Bob", 2, "a password is not the name"),
        ("local", PASSWORD, 2, "local has a meaning of its own: choose another name"),
    ],
)
def test_what_is_refused_is_told_in_one_line(
    folder: Folder, name: str, password: str, code: int, reason: str
) -> None:
    folder.add_user("alice")
    done = folder.run("user", "add", name, "--password-stdin", given=password)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"longshore: {reason}\n")


def test_users_are_listed_with_what_they_may(folder: Folder) -> None:
    folder.add_user("alice", "--grant", "team/**:pull,push", "--description", "of the team")
    folder.add_user("bob", "--admin")
    folder.do("user", "disable", "alice")
    assert folder.do("user", "list").splitlines() == [
        "NAME   STATE     GROUPS  GRANTS",
        "alice  disabled          team/**:pull,push",
        "bob    enabled           **:admin",
    ]
    [alice, _] = folder.json("user", "list")
    assert alice["description"] == "of the team"
    assert alice["grants"] == [{"pattern": "team/**", "verbs": ["pull", "push"]}]
    folder.do("user", "enable", "alice")
    assert folder.json("user", "list")[0]["is_enabled"] is True


def test_the_last_administrator_goes_with_a_word(folder: Folder) -> None:
    folder.add_user("alice", "--admin")
    folder.add_user("bob")
    assert folder.run("user", "remove", "bob").stderr == ""
    done = folder.run("user", "disable", "alice")
    assert (done.returncode, done.stdout) == (0, "Disabled alice.\n")
    assert "longshore grant add NAME '**' admin" in done.stderr


def test_a_removed_user_is_gone(folder: Folder) -> None:
    folder.add_user("alice")
    assert folder.do("user", "remove", "alice") == "Removed alice.\n"
    done = folder.run("user", "remove", "alice")
    assert (done.returncode, done.stderr) == (1, "longshore: there is no user alice\n")
    assert folder.run("user", "remove", "a/b").returncode == 1


def test_a_password_is_set_for_somebody(folder: Folder) -> None:
    folder.add_user("alice")
    done = folder.run("user", "passwd", "alice", "--password-stdin", given="another one")
    assert (done.returncode, done.stdout) == (0, "The password is changed.\n")
    assert folder.run("user", "passwd", "bob", "--password-stdin", given=PASSWORD).returncode == 1
    assert folder.run("user", "passwd").returncode == 2


@pytest.mark.parametrize("grant", ["team", ":pull", "team/**:", "team/**:all", "team/**:pull,"])
def test_a_grant_that_is_none_is_refused_before_anything_is_asked(
    folder: Folder, grant: str
) -> None:
    done = folder.run("user", "add", "alice", "--grant", grant)
    assert done.returncode == 2
    assert not folder.root.exists()


def test_a_password_that_is_no_text_is_refused(folder: Folder) -> None:
    command = [sys.executable, "-m", "longshore", "user", "add", "alice", "--password-stdin"]
    done = subprocess.run(
        [*command, "--root", folder.root], input=b"\xff" * 9, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"UTF-8" in done.stderr


def test_a_list_fits_a_terminal_and_has_no_colour_off_it(folder: Folder) -> None:
    folder.add_user("alice", *(part for n in range(9) for part in ("--grant", f"team/{n}:pull")))
    done = longshore("user", "list", "--root", str(folder.root), COLUMNS="")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout
    typing = Typing("user", "list", "--root", str(folder.root))
    assert typing.end() == 0
    assert max(map(len, typing.seen.splitlines())) <= 80
    assert typing.seen.count("team/") == 9
