"""A host joins by a code on the command line, and is listed and removed there."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.managed import Elsewhere, Folder
from tests.cli.program import longshore
from tests.serving import Server

NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "data")
    folder.add_user("chief", "--grant", "**:admin")
    folder.do("env", "create", "staging", "--follow", "master", "--image", "team/app")
    return folder


@pytest.fixture
def server(folder: Folder) -> Iterator[Server]:
    with Server(folder.root) as server:
        yield server


def start(server: Server, state: Path, *words: str, **environ: str) -> str:
    """Start an agent; it ends where it finds no engine. Answers what it says."""
    where = ("--server", server.url, "--folder", str(state), "--host", "web")
    done = longshore("agent", "staging", *where, *words, **NO_ENGINE, **environ)
    assert done.returncode == 1, done
    return done.stderr


def test_a_host_joins_by_a_code_once_and_is_known_from_then_on(
    folder: Folder, server: Server, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    code = folder.do("env", "join-code", "staging").strip()
    assert "web has joined staging." in start(server, state, "--join", code)
    secret = state / "staging" / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    [host] = folder.json("env", "hosts", "staging")
    assert (host["host"], host["account"], host["is_lost"]) == ("web", "staging.web", False)
    assert folder.do("env", "hosts", "staging").splitlines()[1].startswith("web   joined")
    me = Elsewhere(server.url, secret.read_text())
    assert me.run("env", "show", "staging").returncode == 1, "it runs it, and sees no more of it"
    assert "joined" not in start(server, state, "--join", code), "the code was used already"


def test_a_code_is_good_for_one_host(folder: Folder, server: Server, tmp_path: Path) -> None:
    code = folder.json("env", "join-code", "staging", "--lasts", "1h")["code"]
    start(server, tmp_path / "one", "--join", code)
    assert "the code is not good" in start(server, tmp_path / "two", "--join", code)
    assert not (tmp_path / "two" / "staging" / "secret").exists()


def test_a_host_that_is_removed_is_let_in_no_more(
    folder: Folder, server: Server, tmp_path: Path
) -> None:
    code = folder.do("env", "join-code", "staging").strip()
    start(server, tmp_path, "--join", code)
    assert folder.do("env", "remove-host", "staging", "web").startswith("staging has no host web")
    assert folder.json("env", "hosts", "staging") == []
    assert folder.json("robot", "list") == []
    assert folder.run("env", "remove-host", "staging", "web").returncode == 1


@pytest.mark.parametrize("lasts", ["soon", "1s", "2d"])
def test_a_code_lasts_from_a_minute_to_a_day(folder: Folder, lasts: str) -> None:
    done = folder.run("env", "join-code", "staging", "--lasts", lasts)
    assert done.returncode == 2, done


def test_an_open_registry_needs_no_code(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    with Server(folder.root):
        folder.do("env", "create", "staging", "--follow", "master", "--image", "team/app")
    done = folder.run("env", "join-code", "staging")
    assert done.returncode == 2
    assert "longshore agent staging" in done.stderr
