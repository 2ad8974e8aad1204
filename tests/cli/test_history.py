"""`longshore history` and `longshore restore`, as a user types them."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.pushing import Repository
from tests.api.wire import Wire
from tests.cli.managed import Done
from tests.cli.program import longshore
from tests.content import Pushed, index
from tests.serving import Server

FIRST = index(annotations={"org.opencontainers.image.revision": "0ff1ce0ff1ce"})
SECOND = index(annotations={"of": "the second"})
KEYS = {
    *("id", "at", "tag", "from", "to", "cause", "actor", "identity", "request_id"),
    *("revision", "source", "branch"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("history") / "data") as server:
        yield server


class Named:
    """A repository of the server, and the program with its name."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self.remote = Repository(Wire(server.port), name)

    def run(self, command: str, tag: str, *options: str, columns: int = 80) -> Done:
        name = f"{self.server.host}/{self.name}{tag}"
        return longshore(command, name, *options, COLUMNS=str(columns))

    def do(self, command: str, tag: str, *options: str) -> str:
        done = self.run(command, tag, *options)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def json(self, command: str, tag: str, *options: str) -> Any:
        return json.loads(self.do(command, tag, *options, "--json"))

    @property
    def digest(self) -> str:
        """Of v1."""
        return self.remote.ask("HEAD", "manifests/v1").header("Docker-Content-Digest")


@pytest.fixture
def app(server: Server, request: pytest.FixtureRequest) -> Named:
    """With v1, which was the first image and is the second."""
    name = re.sub("[^a-z]+", "-", request.node.name.lower()).strip("-")
    named = Named(server, f"team/{name}")
    named.remote.push(FIRST, "v1")
    named.remote.push(SECOND, "v1")
    return named


def short(pushed: Pushed) -> str:
    return pushed.digest.hex[:8]


def test_a_history_fits_a_terminal(app: Named) -> None:
    app.remote.push(FIRST, "feature-x")
    lines = app.do("history", "").splitlines()
    assert lines[0].split() == ["WHEN", "TAG", "FROM", "TO", "CAUSE", "BY", "REVISION"]
    cells = [line.split()[2:] for line in lines[1:]]  # behind a date and a time
    assert cells == [
        ["feature-x", "-", short(FIRST), "push", "anonymous", "0ff1ce0f"],
        ["v1", short(FIRST), short(SECOND), "push", "anonymous"],
        ["v1", "-", short(FIRST), "push", "anonymous", "0ff1ce0f"],
    ]
    assert max(map(len, lines)) <= 80


def test_the_history_of_a_tag_is_as_long_as_was_asked_for(app: Named) -> None:
    assert "TAG" not in app.do("history", ":v1")
    done = app.run("history", ":v1", "--limit", "1")
    assert len(done.stdout.splitlines()) == 2
    assert "--limit" in done.stderr
    [move] = app.json("history", ":v1", "--limit", "1")
    assert set(move) == KEYS
    assert (move["from"], move["to"]) == (FIRST.digest, SECOND.digest)
    done = app.run("history", ":never")
    assert (done.returncode, done.stdout) == (0, "")
    assert "it has not moved" in done.stderr
    assert app.json("history", ":never") == []


def test_a_tag_is_restored_after_a_dry_run(app: Named) -> None:
    shown = app.do("restore", ":v1", "--dry-run")
    assert f"was {short(SECOND)}, and would be again\n  {FIRST.digest}\n" in shown
    assert app.digest == SECOND.digest
    assert f"and is again\n  {FIRST.digest}\n" in app.do("restore", ":v1")
    assert app.digest == FIRST.digest
    told = app.json("restore", ":v1")
    assert (told["from"], told["to"]) == (FIRST.digest, SECOND.digest)
    assert app.json("history", ":v1")[0]["cause"] == "restore"


def test_the_digits_of_a_history_name_a_digest(app: Named) -> None:
    app.do("restore", ":v1", "--to", short(FIRST))
    assert app.digest == FIRST.digest
    app.do("restore", ":v1", "--to", f"sha256:{short(SECOND)}")
    assert app.digest == SECOND.digest
    app.do("restore", ":new", "--to", str(FIRST.digest))
    done = app.run("restore", ":v1", "--to", str(SECOND.digest), "--exit-code")
    assert done.returncode == 4
    assert "nothing to do" in done.stdout
    for digits in ("00000000", short(FIRST)[:5]):
        done = app.run("restore", ":v1", "--to", digits, columns=200)
        assert done.returncode == 2
        assert "write more of it" in done.stderr


def test_what_was_deleted_by_its_digest_comes_back(app: Named) -> None:
    assert app.remote.ask("DELETE", f"manifests/{SECOND.digest}").status == 202
    assert f"named nothing, and is again\n  {SECOND.digest}\n" in app.do("restore", ":v1")
    assert app.digest == SECOND.digest


def test_what_is_gone_is_said(app: Named) -> None:
    done = app.run("restore", ":v1", "--to", f"sha256:{64 * '0'}")
    assert done.returncode == 1
    assert "is gone: it was never here, or its undelete window has passed." in done.stderr
    done = app.run("restore", ":never")
    assert done.returncode == 1
    assert "name the digest that it shall have" in done.stderr


def test_a_name_without_a_host_is_of_the_team_s_own_registry(app: Named) -> None:
    name, host = f"{app.name}:v1", app.server.host
    home = longshore("history", name, "--json", LONGSHORE_SERVER=host)
    folder = longshore("history", name, "--json", "--root", str(app.server.root))
    assert home.stdout == folder.stdout
    assert len(json.loads(home.stdout)) == 2
    done = longshore("history", f"{host}/{name}", "--root", str(app.server.root))
    assert done.returncode == 2
    assert "leave --server and --root out" in done.stderr


@pytest.mark.parametrize(
    ("command", "tag", "reason"),
    [
        ("restore", "", "say which tag"),
        ("restore", f"@{FIRST.digest}", "a digest never moves"),
        ("history", f":v1@{FIRST.digest}", "a digest never moves"),
        ("history", ":not a tag", "not a tag"),
    ],
)
def test_what_names_no_tag_is_a_usage_error(
    app: Named, command: str, tag: str, reason: str
) -> None:
    done = app.run(command, tag, columns=200)
    assert done.returncode == 2
    assert reason in done.stderr


def test_a_registry_that_is_none_of_ours_is_told_apart() -> None:
    done = longshore("history", "127.0.0.1:1/app:v1")
    assert done.returncode == 1
    assert done.stderr.startswith("longshore: 127.0.0.1:1: ")
