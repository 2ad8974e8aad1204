"""The receiver that the page on notifications has is one that can be trusted."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.client.notifications import payload, signed
from longshore.delivery.notifications.events import Event, Kind, Message
from tests.docs.pages import DOCS, Page
from tests.processes import HOST, PATIENCE, free_port

PAGE = Page(DOCS / "notifications.md")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = Event(Kind.TAG_MOVED, "team/app", "develop", "sha256:aa", "sha256:bb", "1c0de5a")
BODY = payload(Message("0123", 0, "ci", EVENT))


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where the receiver of the page listens."""
    [code] = PAGE.blocks("python")
    file = tmp_path / "receiver.py"
    file.write_text(code)
    port = free_port()
    command = [sys.executable, str(file), str(port)]
    environment = {**os.environ, "SECRET": SECRET}
    receiver = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while not _listens(port):
        assert receiver.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield port
    receiver.kill()
    receiver.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError):
        connection = http.client.HTTPConnection(HOST, port)
        connection.connect()
        connection.close()
        return True
    return False


def send(port: int, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(HOST, port)
    try:
        connection.request("POST", "/", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_believes_this_registry_and_nobody_else(port: int) -> None:
    now = int(time.time())
    other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    assert send(port, BODY, signed([SECRET], "0123", now, BODY)) == 204
    assert send(port, BODY, signed([other], "0123", now, BODY)) == 401
    assert send(port, BODY, signed([other, SECRET], "0123", now, BODY)) == 204
    assert send(port, BODY + b" ", signed([SECRET], "0123", now, BODY)) == 401
    assert send(port, BODY, signed([SECRET], "0123", now - 600, BODY)) == 401


def test_the_example_has_the_fields_that_there_are() -> None:
    [example] = PAGE.blocks("json")
    told, shown = json.loads(BODY), json.loads(example)
    assert told.keys() == shown.keys()
    assert told["data"].keys() == shown["data"].keys()


def test_every_event_is_described() -> None:
    described = {line.split("`")[1] for line in PAGE.text.splitlines() if line.startswith("| `")}
    assert set(Kind) - {Kind.TEST} <= described
