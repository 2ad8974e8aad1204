"""TLS by the server itself: versions, certificates of clients, and files that are replaced."""

import asyncio
import contextlib
import http.client
import json
import os
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.delivery.environments import applying
from longshore.delivery.environments.environment import Environment
from longshore.delivery.rollouts.services import Service
from longshore.oci.digest import Digest
from longshore.storage.sqlite import SQLiteMetadata
from tests.authority import Authority, Pair
from tests.cli.program import longshore
from tests.processes import wait_until
from tests.serving import HOST, PATIENCE, Server

LARGE = os.urandom(1 << 20) * 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder / "authority")


@pytest.fixture(scope="module")
def quick(folder: Path) -> dict[str, str]:
    """Return an environment in which a server looks at its files every moment."""
    start = folder / "start" / "sitecustomize.py"
    start.parent.mkdir()
    start.write_text("from longshore.server import certificates\ncertificates.LOOK_EVERY = 0.2\n")
    return {"PYTHONPATH": str(start.parent)}


def options(pair: Pair) -> list[str]:
    return ["--tls-cert", str(pair.certificate), "--tls-key", str(pair.key)]


def ask(server: Server, path: str = "/v2/") -> int:
    connection = server.connect()
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def shown(server: Server, context: ssl.SSLContext) -> bytes:
    """Return the certificate that a new connection sees."""
    with (
        socket.create_connection((HOST, server.port), timeout=PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        certificate = secure.getpeercert(binary_form=True)
        assert certificate
        return certificate


@pytest.fixture(scope="module")
def server(folder: Path, authority: Authority) -> Iterator[Server]:
    pair = authority.issue("server")
    with Server(folder / "data", options=options(pair), context=authority.context()) as server:
        yield server


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_present_versions_are_spoken(
    version: ssl.TLSVersion, server: Server, authority: Authority
) -> None:
    assert shown(server, restricted(authority, version))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_are_refused(server: Server, authority: Authority) -> None:
    with pytest.raises(ssl.SSLError, match=r"ALERT_(HANDSHAKE_FAILURE|PROTOCOL_VERSION)"):
        shown(server, restricted(authority, ssl.TLSVersion.TLSv1_1))


def restricted(authority: Authority, version: ssl.TLSVersion) -> ssl.SSLContext:
    """How a client connects that speaks one version only, however old."""
    context = authority.context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


def test_a_newer_version_can_be_asked_for(folder: Path, authority: Authority) -> None:
    newer = [*options(authority.issue("newer")), "--tls-min-version", "1.3"]
    with Server(folder / "newer", options=newer, context=authority.context()) as server:
        assert shown(server, restricted(authority, ssl.TLSVersion.TLSv1_3))
        with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
            shown(server, restricted(authority, ssl.TLSVersion.TLSv1_2))


def test_who_speaks_no_tls_gets_no_answer(server: Server) -> None:
    plain = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE)
    plain.request("GET", "/v2/")
    with pytest.raises((OSError, http.client.HTTPException)):
        plain.getresponse()
    plain.close()
    assert ask(server) == 200


def test_its_end_is_told_in_the_metrics(server: Server) -> None:
    connection = server.connect()
    connection.request("GET", "/metrics")
    told = connection.getresponse().read().decode()
    connection.close()
    [line] = [line for line in told.splitlines() if line.startswith("longshore_tls")]
    name, ends = line.split()
    assert name == "longshore_tls_certificate_expiry_seconds"
    assert 89 * 86400 < float(ends) - time.time() < 91 * 86400


def test_clients_need_a_certificate_of_the_right_authority(
    folder: Path, authority: Authority
) -> None:
    clients = Authority(folder / "clients", "clients")
    alice = clients.issue("alice")
    mallory = Authority(folder / "others", "clients").issue("mallory")
    verified = [*options(authority.issue("verified")), "--tls-client-ca", str(clients.file)]
    context = authority.context(alice)
    with Server(folder / "verified", options=verified, context=context) as server:
        assert ask(server) == 200
        for client in (None, mallory, authority.issue("not-of-the-clients")):
            server_seen_by = authority.context(client)
            with pytest.raises((ssl.SSLError, ConnectionError)):
                knock(server, server_seen_by)
        done = longshore("health", "--listen", server.host, *verified[:2], *verified[4:])
        assert (done.returncode, done.stdout) == (0, "ready\n")
        assert ask(server) == 200


def knock(server: Server, context: ssl.SSLContext) -> None:
    """Ask something; in TLS 1.3 the refusal comes after the handshake."""
    connection = http.client.HTTPSConnection(HOST, server.port, timeout=PATIENCE, context=context)
    try:
        connection.request("GET", "/v2/")
        connection.getresponse()
    finally:
        connection.close()


def test_a_download_runs_through_a_change_of_certificates(
    folder: Path, authority: Authority, quick: dict[str, str]
) -> None:
    """Longer than `stop_timeout`, which is for the end of the server."""
    pair = authority.issue("first")
    changing = [*options(pair), "--stop-timeout", "1s", "--workers", "2"]
    context = authority.context()
    with Server(
        folder / "changing", options=changing, environment=quick, context=context
    ) as server:
        first, path = shown(server, context), push(server, LARGE)
        connection, reply = begin_download(server, path)
        authority.issue("second").move_to(pair)
        wait_until(lambda: all(shown(server, context) == pair.der for _ in range(20)))
        assert first != pair.der
        time.sleep(2)  # what is asserted is that nothing happens
        assert reply.read() == LARGE[len(LARGE) // 2 :]
        connection.close()
        assert push(server, b"after") == f"/v2/one/blobs/{Digest.of(b'after')}"
        wait_until(lambda: len(server.pids()) == 4)  # the old workers are gone
        assert server.stop() == 0


def test_who_waits_at_a_worker_that_is_replaced_is_answered_and_waits_at_the_next(
    folder: Path, authority: Authority, quick: dict[str, str]
) -> None:
    pair = authority.issue("waiting")
    waiting = [*options(pair), "--workers", "1"]
    context = authority.context()
    with Server(folder / "waiting", options=waiting, environment=quick, context=context) as server:
        declare(server.root, "staging")
        path = "/api/v1/environments/staging/desired?generation=0&wait=60"
        with contextlib.closing(server.connect()) as connection:
            connection.request("GET", path)
            authority.issue("next").move_to(pair)
            reply = connection.getresponse()
            assert (reply.status, reply.getheader("Connection")) == (204, "close")
            reply.close()
        wait_until(lambda: len(server.pids()) == 3)  # the old worker is gone
        assert shown(server, context) == pair.der
        with contextlib.closing(server.connect()) as connection:
            connection.request("GET", path)
            declare(server.root, "staging", "more")
            reply = connection.getresponse()
            assert (reply.status, json.loads(reply.read())["generation"]) == (200, 1)


def declare(root: Path, name: str, *services: str) -> None:
    """An environment, with one service or more."""
    web = (Service(one, "team/app") for one in ("web", *services))
    with contextlib.closing(SQLiteMetadata(root / "longshore.db", 0)) as metadata:
        asyncio.run(metadata.write(applying.apply, [Environment(name, tuple(web))]))


def push(server: Server, content: bytes) -> str:
    connection = server.connect()
    digest = Digest.of(content)
    connection.request("POST", f"/v2/one/blobs/uploads/?digest={digest}", content)
    assert connection.getresponse().status == 201
    connection.close()
    return f"/v2/one/blobs/{digest}"


def begin_download(
    server: Server, path: str
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Read half of a blob, which is more than the server can send ahead."""
    connection = server.connect()
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    plain.settimeout(PATIENCE)
    plain.connect((HOST, server.port))
    context = server.context
    assert context
    connection.sock = context.wrap_socket(plain, server_hostname=HOST)
    connection.request("GET", path)
    reply = connection.getresponse()
    assert reply.read(len(LARGE) // 2) == LARGE[: len(LARGE) // 2]
    return connection, reply


def test_an_unfit_pair_changes_nothing_and_a_killed_worker_comes_back_with_the_old_one(
    folder: Path, authority: Authority, quick: dict[str, str]
) -> None:
    pair = authority.issue("kept")
    kept = [*options(pair), "--workers", "1"]
    context = authority.context()
    with Server(folder / "kept", options=kept, environment=quick, context=context) as server:
        before = shown(server, context)
        pair.certificate.write_text("garbage")
        wait_until(lambda: "the new certificate is not served" in server.tail())
        assert f"{pair.certificate} holds no certificate in PEM form" in server.tail()
        assert shown(server, context) == before
        for pid in server.pids()[1:]:  # the worker, and the collector
            os.kill(pid, 9)
        wait_until(lambda: is_shown(server, context, before))


def is_shown(server: Server, context: ssl.SSLContext, certificate: bytes) -> bool:
    try:
        return shown(server, context) == certificate
    except OSError:
        return False


def test_health_is_asked_with_and_without_tls(
    server: Server, tmp_path: Path, authority: Authority
) -> None:
    pair = authority.issue("health")
    done = longshore("health", "--listen", server.host, "--tls-cert", str(pair.certificate))
    assert (done.returncode, done.stdout) == (0, "ready\n")
    done = longshore("health", "--listen", server.host)
    assert done.returncode == 1
    assert done.stderr.startswith(f"longshore: {server.host}: ")
    with Server(tmp_path / "data") as plain:
        done = longshore("health", LONGSHORE_LISTEN=plain.host)
        assert (done.returncode, done.stdout) == (0, "ready\n")
        done = longshore("health", "--listen", plain.host, "--tls-cert", str(pair.certificate))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    done = longshore("health", "--listen", plain.host)
    assert (done.returncode, done.stderr) == (1, f"longshore: {plain.host}: Connection refused\n")


def test_a_pair_that_is_unfit_is_refused_before_anything_starts(
    tmp_path: Path, authority: Authority
) -> None:
    pair, other = authority.issue("one"), authority.issue("another")
    unfit = ["--tls-cert", str(pair.certificate), "--tls-key", str(other.key)]
    done = longshore("serve", "--root", str(tmp_path / "data"), *unfit)
    assert done.returncode == 2
    assert done.stderr == f"longshore: {other.key} is not the key of {pair.certificate}\n"
    assert not (tmp_path / "data").exists()
