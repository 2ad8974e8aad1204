"""Clients that are slow on purpose or by misfortune: what they can hold, and for how long."""

import itertools
import time
from collections.abc import Iterator

import pytest

from longshore.oci.digest import Digest
from tests.api.pushing import Repository
from tests.api.wire import LOOK, PATIENCE, Connection, Wire, head
from tests.serving import Server

# The pace is measured over half a second here, and is a mebibyte a second.
START = """\
from longshore.api import patience
patience.WINDOW = 0.5
"""
PACE = 1 << 20
OPTIONS = ["--body-min-rate", "1MiB", "--header-timeout", "1s", "--workers", "1"]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that has little patience, and lets four clients connect."""
    folder = tmp_path_factory.mktemp("strict")
    start = folder / "start" / "sitecustomize.py"
    start.parent.mkdir()
    start.write_text(START)
    options = [*OPTIONS, "--connection-limit", "4", "--upload-limit", "40"]
    environment = {"PYTHONPATH": str(start.parent)}
    with Server(folder / "data", options=options, environment=environment) as server:
        yield server


@pytest.fixture
def repository(strict: Server, request: pytest.FixtureRequest) -> Repository:
    return Repository(Wire(strict.port), request.node.name.partition("[")[0].replace("_", "-"))


def drip(connection: Connection) -> int:
    """Send a byte now and then until the server answers; return how many were sent."""
    deadline = time.monotonic() + PATIENCE
    for sent in itertools.count(1):
        connection.write(b"x")
        if connection.has_something(0.05):
            return sent
        assert time.monotonic() < deadline
    raise AssertionError


def test_a_body_that_drips_is_given_up_and_what_came_is_kept(repository: Repository) -> None:
    location = repository.begin()
    with repository.wire.connect() as connection:
        connection.write(head("PATCH", location, {"Content-Length": "1000000"}))
        sent = drip(connection)
        reply = connection.read("PATCH")
        assert (reply.status, reply.codes) == (408, ["SIZE_INVALID"])
        assert connection.read_some() == b""
    assert sent > 1  # each byte came in time, only too few of them did
    kept = int(repository.wire.ask("GET", location).header("Range").partition("-")[2]) + 1
    assert 0 < kept <= sent
    assert repository.wire.ask("PATCH", location, b"goes on").status == 202


def test_a_body_that_comes_fast_enough_is_not(repository: Repository) -> None:
    """Over several times the window, with pauses."""
    pieces = [bytes([number]) * PACE for number in range(8)]
    whole = b"".join(pieces)
    target = repository.path(f"blobs/uploads/?digest={Digest.of(whole)}")
    with repository.wire.connect() as connection:
        connection.write(head("POST", target, {"Content-Length": str(len(whole))}))
        for piece in pieces:
            connection.write(piece)
            time.sleep(0.25)
        assert connection.read("POST").status == 201


@pytest.mark.parametrize("begun", [b"", b"GET /v2/ HTTP/1.1\r\nHost: a\r\nX-", b"GET"])
def test_headers_that_do_not_come_are_given_up(begun: bytes, repository: Repository) -> None:
    with repository.wire.connect() as connection:
        connection.write(begun)
        assert connection.read_some() == b""


@pytest.mark.parametrize("headers", [{"X": "a" * 1_000_000}, {f"X-{n}": "a" for n in range(200)}])
def test_headers_have_a_limit(headers: dict[str, str], repository: Repository) -> None:
    with repository.wire.connect() as connection:
        connection.write(head("GET", "/v2/", headers))
        assert connection.read_some().startswith(b"HTTP/1.1 431 ")


def test_who_connects_beyond_the_limit_waits_for_its_turn(repository: Repository) -> None:
    wire = repository.wire
    with (
        wire.connect() as one,
        wire.connect() as two,
        wire.connect() as three,
        wire.connect() as four,
    ):
        for connection in (one, two, three, four):
            connection.write(b"GET /v2/ HTTP/1.1\r\nHost: a\r\nX-")  # and no more
        assert wire.ask("GET", "/v2/").status == 200  # once one of these is given up


def test_open_uploads_have_a_limit(repository: Repository) -> None:
    ends = [repository.begin() for _ in range(10)]
    replies = [repository.ask("POST", "blobs/uploads/") for _ in range(60)]
    refused = replies[-1]
    assert (refused.status, refused.codes) == (429, ["TOOMANYREQUESTS"])
    assert int(refused.header("Retry-After")) > 0
    assert replies[0].status == 202
    ends += [reply.header("Location") for reply in replies if reply.status == 202]
    assert len(ends) <= 40
    for location in ends:
        assert repository.wire.ask("DELETE", location).status == 204
    deadline = time.monotonic() + PATIENCE
    while repository.ask("POST", "blobs/uploads/").status == 429:
        assert time.monotonic() < deadline
        time.sleep(LOOK)
