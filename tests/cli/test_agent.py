"""`longshore agent`: what it needs before it begins."""

from pathlib import Path

import pytest

from tests.cli.program import longshore

SERVER = "http://127.0.0.1:1"


def test_it_needs_to_know_its_server() -> None:
    done = longshore("agent", "staging")
    assert done.returncode == 2
    assert "--server" in done.stderr


@pytest.mark.parametrize("url", ["http://registry.example.com", "registry.example.com", "ftp://x"])
def test_it_shows_its_secret_to_nobody_in_between(url: str) -> None:
    done = longshore("agent", "staging", "--server", url, LONGSHORE_TOKEN="lsr_x")
    assert done.returncode == 2
    assert "write https://HOST" in " ".join(done.stderr.replace("│", "").split())


def test_it_needs_an_engine(tmp_path: Path) -> None:
    socket = f"unix://{tmp_path}/docker.sock"
    words = ["agent", "staging", "--server", SERVER, "--folder", str(tmp_path)]
    done = longshore(*words, DOCKER_HOST=socket)
    assert done.returncode == 1
    assert "no Docker Engine answers" in done.stderr


def test_a_time_for_hooks_has_a_unit() -> None:
    done = longshore("agent", "staging", "--server", SERVER, "--hook-time", "90")
    assert done.returncode == 2
    assert "write a duration" in " ".join(done.stderr.replace("│", "").split())


def test_a_container_is_adopted_where_its_engine_is(tmp_path: Path) -> None:
    done = longshore("adopt", "web", DOCKER_HOST=f"unix://{tmp_path}/docker.sock")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no Docker Engine answers" in done.stderr
