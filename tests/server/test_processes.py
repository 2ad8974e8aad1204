"""The processes of a server: how they end together, and what becomes of one that is killed."""

import contextlib
import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.oci.digest import Digest
from longshore.server.background import NICENESS
from tests.processes import wait_until
from tests.serving import HOST, PATIENCE, Server

LARGE = os.urandom(1 << 20) * 24
SLICES = 6


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "data", options=["--workers", "2", "--stop-timeout", "30s"]) as server:
        yield server


def push(server: Server, content: bytes) -> str:
    """Push a blob in one request; answers its path."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE)
    digest = Digest.of(content)
    connection.request("POST", f"/v2/one/blobs/uploads/?digest={digest}", content)
    assert connection.getresponse().status == 201
    connection.close()
    return f"/v2/one/blobs/{digest}"


def is_served(server: Server, path: str = "/v2/") -> bool:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def niceness(pid: int) -> int | None:
    """None for a process that has ended meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        return os.getpriority(os.PRIO_PROCESS, pid)
    return None


def collectors(server: Server) -> list[int]:
    """The process that yields to all others; one that just begins does not yet."""
    [main, *others] = server.pids()
    nicer = min(19, (niceness(main) or 0) + NICENESS)
    return [pid for pid in others if niceness(pid) == nicer]


def workers(server: Server) -> list[int]:
    [_, *others] = server.pids()
    return [pid for pid in others if pid not in collectors(server)]


def slow_download(server: Server, path: str, begun: threading.Event) -> bytes:
    """Read a blob in a few sips; the server can not send it all ahead."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE)
    connection.sock = socket.socket()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.sock.connect((HOST, server.port))
    connection.request("GET", path)
    reply = connection.getresponse()
    sips = []
    for _ in range(SLICES):
        sips.append(reply.read(len(LARGE) // SLICES))
        begun.set()
        time.sleep(0.3)
    sips.append(reply.read())
    connection.close()
    return b"".join(sips)


def slow_upload(server: Server, content: bytes, begun: threading.Event) -> int:
    """Push a blob, a slice at a time; answers the status."""

    def slices() -> Iterator[bytes]:
        for start in range(0, len(content), len(content) // SLICES):
            yield content[start : start + len(content) // SLICES]
            begun.set()
            time.sleep(0.3)

    connection = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE)
    path = f"/v2/one/blobs/uploads/?digest={Digest.of(content)}"
    length = {"Content-Length": str(len(content))}
    connection.request("POST", path, slices(), length)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("told", ["first process", "all processes"])
def test_a_stop_lets_running_transfers_end_and_begins_no_others(server: Server, told: str) -> None:
    """A service manager may tell every process, each of which the first one then tells again."""
    path = push(server, LARGE)
    uploaded = LARGE[::-1]
    done: dict[str, object] = {}
    begun = threading.Event(), threading.Event()
    transfers = [
        threading.Thread(target=lambda: done.update(down=slow_download(server, path, begun[0]))),
        threading.Thread(target=lambda: done.update(up=slow_upload(server, uploaded, begun[1]))),
    ]
    for transfer in transfers:
        transfer.start()
    assert all(event.wait(PATIENCE) for event in begun)
    tell = os.kill if told == "first process" else os.killpg  # it leads the group of them all
    tell(server.pids()[0], signal.SIGTERM)
    wait_until(lambda: not is_served(server))
    assert any(transfer.is_alive() for transfer in transfers)
    assert server.stop() == 0
    for transfer in transfers:
        transfer.join()
    assert done["down"] == LARGE
    assert done["up"] == 201
    with server:
        assert is_served(server, f"/v2/one/blobs/{Digest.of(uploaded)}")


def test_a_transfer_without_an_end_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    with Server(tmp_path / "data", options=["--stop-timeout", "2s"]) as server:
        stuck = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE)
        stuck.putrequest("POST", "/v2/one/blobs/uploads/")
        stuck.putheader("Content-Length", "1000")
        stuck.endheaders()
        stuck.send(b"some")
        assert is_served(server)
        assert server.stop() in {0, 1}
        stuck.close()


def test_a_stop_is_heard_while_the_workers_just_begin(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", options=["--workers", "2"])
    for wait in (0.0, 0.01, 0.05, 0.2):
        server.start()
        assert server.stop() == 0
        server.log.write_bytes(b"")
        process = server.begin()
        wait_until(lambda: "serving" in server.tail())  # logged before any worker begins
        time.sleep(wait)
        process.send_signal(signal.SIGTERM)
        # By the signal itself if that came before there was anybody to tell.
        assert process.wait(PATIENCE) in {0, -signal.SIGTERM}


def test_without_its_first_process_all_end(server: Server) -> None:
    main, *_ = server.pids()
    os.kill(main, signal.SIGKILL)
    wait_until(lambda: not server.pids())
    with socket.create_server((HOST, server.port)):
        pass
    server.kill()


def test_a_killed_worker_is_replaced(server: Server) -> None:
    path = push(server, b"kept")
    wait_until(lambda: len(workers(server)) == 2 and collectors(server))
    first, second = workers(server)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(workers(server)) == 2 and first not in workers(server))
    assert second in workers(server)
    wait_until(lambda: all(is_served(server, path) for _ in range(20)))
    assert server.stop() == 0


def test_a_killed_collector_is_replaced_and_nobody_notices(server: Server) -> None:
    path = push(server, b"kept")
    wait_until(lambda: collectors(server))
    [first] = collectors(server)
    os.kill(first, signal.SIGKILL)
    while (now := collectors(server)) in ([], [first]):
        assert is_served(server, path)
        time.sleep(0.05)
    assert now != [first]
    assert "collector ended" in server.tail()
    assert server.stop() == 0
    assert not is_served(server)
