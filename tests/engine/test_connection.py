"""Where the engine is looked for, in docker's order; and what is said where there is none."""

import contextlib
import hashlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.engine.connection import Endpoint, connect, find, usual_sockets
from longshore.engine.errors import NoEngine
from tests.engine.listening import greeting

NOBODY = 65534


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name, and which everybody may enter."""
    short = Path("/tmp", f"longshore-{os.getpid()}-{tmp_path.name[-8:]}")
    short.mkdir()
    yield short
    for path in short.iterdir():
        path.unlink()
    short.rmdir()


def context(folder: Path, name: str, host: str) -> None:
    """Make a context as `docker context create` does."""
    made = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    made.mkdir(parents=True)
    content = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host}}}
    (made / "meta.json").write_text(json.dumps(content))


def test_the_variable_comes_before_contexts_and_those_before_sockets(tmp_path: Path) -> None:
    context(tmp_path, "first", "tcp://first:2375")
    context(tmp_path, "second", "tcp://second:2375")
    (tmp_path / "config.json").write_text('{"currentContext": "second"}')
    here = {"DOCKER_CONFIG": str(tmp_path)}
    by_name = here | {"DOCKER_CONTEXT": "first"}
    by_host = by_name | {"DOCKER_HOST": "tcp://third:2375"}
    assert [find(each, []).host for each in (by_host, by_name, here)] == [
        "tcp://third:2375",
        "tcp://first:2375",
        "tcp://second:2375",
    ]


@pytest.mark.parametrize("said", ["{}", '{"currentContext": "default"}', ""])
def test_without_a_context_it_is_the_first_socket_that_is_there(tmp_path: Path, said: str) -> None:
    (tmp_path / "config.json").write_text(said)
    there = tmp_path / "docker.sock"
    there.touch()
    found = find({"DOCKER_CONFIG": str(tmp_path)}, [tmp_path / "absent.sock", there])
    assert found == Endpoint(f"unix://{there}", "its usual place")


def test_sockets_of_users_and_of_podman_are_usual_ones_after_the_systems() -> None:
    places = usual_sockets({"HOME": "/home/u", "XDG_RUNTIME_DIR": "/run/user/7"})
    assert list(map(str, places)) == [
        "/var/run/docker.sock",
        "/run/user/7/docker.sock",
        "/home/u/.docker/run/docker.sock",
        "/home/u/.docker/desktop/docker.sock",
        "/run/user/7/podman/podman.sock",
        "/run/podman/podman.sock",
    ]


def test_certificates_are_those_of_the_variables_or_of_the_context(tmp_path: Path) -> None:
    verified = {"DOCKER_HOST": "tcp://a:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/c"}
    assert find(verified, []) == Endpoint("tcp://a:2376", "DOCKER_HOST", Path("/c"))
    taken = {"DOCKER_HOST": "tcp://a:2376", "DOCKER_TLS": "1", "DOCKER_CONFIG": "/d"}
    assert find(taken, []) == Endpoint("tcp://a:2376", "DOCKER_HOST", Path("/d"), False)  # noqa: FBT003
    context(tmp_path, "far", "tcp://far:2376")
    certificates = tmp_path / "contexts/tls" / hashlib.sha256(b"far").hexdigest() / "docker"
    certificates.mkdir(parents=True)
    found = find({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "far"}, [])
    assert found == Endpoint("tcp://far:2376", "docker's context far", certificates)


def test_the_api_is_the_engines(folder: Path) -> None:
    with (
        greeting(folder / "docker.sock") as host,
        contextlib.closing(connect({"DOCKER_HOST": host})) as client,
    ):
        assert client.api_version == "1.41"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_socket_of_others_is_told_from_no_engine(folder: Path) -> None:
    with greeting(folder / "docker.sock") as host:
        (folder / "docker.sock").chmod(0o600)
        os.seteuid(NOBODY)
        try:
            with pytest.raises(NoEngine, match="is not open to this user: join the group"):
                connect({"DOCKER_HOST": host})
        finally:
            os.seteuid(0)


def test_a_socket_that_nobody_listens_at_is_no_engine(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / "docker.sock"))
    with pytest.raises(NoEngine, match=r"^no Docker Engine answers at unix://.* \(DOCKER_HOST\)"):
        connect({"DOCKER_HOST": f"unix://{folder}/docker.sock"})


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, "there is no Docker Engine on this machine: start it"),
        ({"DOCKER_CONTEXT": "gone"}, "docker has no context gone: `docker context ls`"),
        ({"DOCKER_HOST": "ssh://far"}, r"ssh://far \(DOCKER_HOST\): .* forward the socket"),
    ],
)
def test_what_is_no_engine_is_told_with_what_to_do(environ: dict[str, str], told: str) -> None:
    with pytest.raises(NoEngine, match=told):
        find({"HOME": "/nonexistent"} | environ, [])
