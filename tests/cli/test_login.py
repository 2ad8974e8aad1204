"""`longshore login` and `logout`, as a user types them."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import longshore
from tests.client.faulty import Exchange, Faulty, serving

AUTH = base64.b64encode(b"ada:secret word").decode()


@pytest.fixture
def registry() -> Iterator[Faulty]:
    """Return a registry that lets one user in."""

    def check(exchange: Exchange) -> None:
        if exchange.headers.get("Authorization") != f"Basic {AUTH}":
            exchange.reply(401, WWW_Authenticate='Basic realm="test"')

    with serving(Faulty()) as registry:
        registry.faults.append(check)
        yield registry


def login(host: str, password: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    words = ("login", host, "-u", "ada", *words, "--password-stdin")
    return longshore(*words, given=password, DOCKER_CONFIG=str(folder))


def test_a_login_is_verified_kept_used_and_forgotten(registry: Faulty, tmp_path: Path) -> None:
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    done = login(registry.host, "secret word\n", tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    kept = f"kept in {tmp_path}/config.json"
    assert done.stderr == f"Logged in to {registry.host}; {kept}.\n"
    written = json.loads((tmp_path / "config.json").read_text())
    assert written == {"auths": {registry.host: {"auth": AUTH}}}

    registry.manifests["app", "1.0"] = ("application/x", b"[]")
    done = longshore("inspect", f"{registry.host}/app:1.0", "--raw", **environ)
    assert (done.returncode, done.stdout) == (0, "[]")
    assert registry.asked("GET", "manifests")[-1].authorization == f"Basic {AUTH}"

    assert longshore("logout", registry.host, **environ).returncode == 0
    done = longshore("inspect", f"{registry.host}/app:1.0", "--raw", **environ)
    assert done.returncode == 1
    assert f"asks for a login: longshore login {registry.host}" in done.stderr
    assert "No login" in longshore("logout", registry.host, **environ).stderr


def test_what_the_registry_does_not_accept_is_not_kept(registry: Faulty, tmp_path: Path) -> None:
    done = login(registry.host, "wrong", tmp_path)
    assert done.returncode == 1
    assert "refuses the login" in done.stderr
    assert "wrong" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_asked_without_a_terminal(registry: Faulty) -> None:
    for words in (["-u", "ada"], ["--password-stdin"]):
        done = longshore("login", registry.host, *words)
        assert done.returncode == 2
    assert registry.seen == []
