"""Bodies that stop, end early or are not wanted: what is kept, what is refused, what goes on."""

import time
from collections.abc import Iterator

import pytest

from longshore.oci.digest import Digest
from longshore.oci.media_types import OCI_INDEX
from tests.api.pushing import Repository
from tests.api.stored import stored
from tests.api.wire import LOOK, PATIENCE, Connection, Reply, Wire, head
from tests.content import index
from tests.serving import Server

CONTENT = bytes(range(256)) * 16000  # its half is more than a server keeps in memory
DIGEST = Digest.of(CONTENT)
HALF = len(CONTENT) // 2
CHUNKED = {"Transfer-Encoding": "chunked"}


def patch(location: str, length: int) -> bytes:
    return head("PATCH", location, {"Content-Length": str(length)})


def settled(repository: Repository, location: str) -> Reply:
    """Wait until the server has noticed that a client went away: its upload is free again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        reply = repository.wire.ask("PATCH", location, b"")
        if reply.status == 202:
            return reply
        assert (reply.status, reply.codes) == (409, ["BLOB_UPLOAD_INVALID"])
        time.sleep(LOOK)
    raise AssertionError("the upload stays busy")


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_what_came_before_a_cut_is_kept_and_resumed(framing: str, repository: Repository) -> None:
    location = repository.begin()
    with repository.wire.connect() as connection:
        if framing == "length":
            connection.write(patch(location, len(CONTENT)) + CONTENT[:HALF])
        else:
            connection.write(head("PATCH", location, CHUNKED))
            connection.write(b"%x\r\n%b" % (len(CONTENT), CONTENT[:HALF]))
        wait_for_bytes(repository, location)
    reached = int(settled(repository, location).header("Range").partition("-")[2]) + 1
    assert 0 < reached <= HALF
    rest = {"Content-Range": f"{reached}-{len(CONTENT) - 1}"}
    assert repository.wire.ask("PATCH", location, CONTENT[reached:], rest).status == 202
    assert repository.wire.ask("PUT", f"{location}?digest={DIGEST}").status == 201
    assert repository.ask("GET", f"blobs/{DIGEST}").content == CONTENT


def wait_for_bytes(repository: Repository, location: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while repository.wire.ask("GET", location).header("Range") == "0--1":
        assert time.monotonic() < deadline
        time.sleep(LOOK)


ENDINGS = {
    "short": {"Content-Length": "1000"},
    "without an end": CHUNKED,
}


@pytest.mark.parametrize("headers", ENDINGS.values(), ids=ENDINGS.keys())
def test_a_put_that_is_cut_short_commits_nothing(
    headers: dict[str, str], repository: Repository
) -> None:
    location = repository.begin()
    part = b"3\r\nabc\r\n" if headers is CHUNKED else b"abc"
    digest = Digest.of(b"abc")
    with repository.wire.connect() as connection:
        connection.write(head("PUT", f"{location}?digest={digest}", headers) + part)
        connection.end_sending()
        reply = connection.read()
    assert (reply.status, reply.codes) == (400, ["SIZE_INVALID"])
    assert repository.ask("HEAD", f"blobs/{digest}").status == 404
    assert repository.wire.ask("GET", location).header("Range") == "0-2"
    assert repository.wire.ask("PUT", f"{location}?digest={digest}").status == 201


NO_ENDS = [b"", b"0", b"0\r\n", b"zz\r\n", b"-1\r\n", b"3\r\nab", b"3\r\nabcd\r\n0\r\n\r\n"]


@pytest.mark.parametrize("end", NO_ENDS, ids=ascii)
def test_a_manifest_without_its_end_is_not_stored(
    end: bytes, repository: Repository, server: Server
) -> None:
    """What came so far is JSON, and would be a manifest."""
    before = stored(server.root)
    content = index().manifest.content
    headers = CHUNKED | {"Content-Type": OCI_INDEX}
    with repository.wire.connect() as connection:
        connection.write(head("PUT", repository.path("manifests/v1"), headers))
        connection.write(b"%x\r\n%b\r\n" % (len(content), content) + end)
        connection.end_sending()
        assert connection.read().status == 400
    assert stored(server.root) == before


@pytest.mark.parametrize("target", ["manifests/v1", f"blobs/uploads/?digest={DIGEST}"])
def test_a_length_that_is_not_reached_stores_nothing(
    target: str, repository: Repository, server: Server
) -> None:
    before = stored(server.root)
    method = "POST" if "digest" in target else "PUT"
    content = CONTENT if "digest" in target else index().manifest.content
    headers = {"Content-Length": str(len(content) + 1), "Content-Type": OCI_INDEX}
    with repository.wire.connect() as connection:
        connection.write(head(method, repository.path(target), headers) + content)
        connection.end_sending()
        reply = connection.read()
    assert (reply.status, reply.codes) == (400, ["SIZE_INVALID"])
    assert stored(server.root) == before


def test_of_two_clients_with_one_upload_one_is_told_to_wait(repository: Repository) -> None:
    location = repository.begin()
    with repository.wire.connect() as first:
        first.write(patch(location, len(CONTENT)) + CONTENT[:HALF])
        wait_for_bytes(repository, location)
        for method in ("PATCH", "PUT"):
            reply = repository.wire.ask(method, f"{location}?digest={DIGEST}", CONTENT[HALF:])
            assert (reply.status, reply.codes) == (409, ["BLOB_UPLOAD_INVALID"])
        first.write(CONTENT[HALF:])
        assert first.read("PATCH").header("Range") == f"0-{len(CONTENT) - 1}"
    assert repository.wire.ask("PUT", f"{location}?digest={DIGEST}").status == 201


UNWANTED = [
    ("PUT", "manifests/v1"),  # larger than any manifest
    ("PUT", "NO/manifests/v1"),
    ("PATCH", "blobs/uploads/none"),
    ("POST", "manifests/v1"),
]


@pytest.mark.parametrize(("method", "rest"), UNWANTED)
def test_who_sends_everything_first_still_reads_the_refusal(
    method: str, rest: str, repository: Repository
) -> None:
    """Not a reset, also where the body is larger than every buffer on its way."""
    with repository.wire.connect() as connection:
        for _ in range(2):  # and the connection can be used again
            length = {"Content-Length": str(10 * len(CONTENT))}
            connection.write(head(method, repository.path(rest), length))
            for _ in range(10):
                connection.write(CONTENT)
            assert connection.read(method).codes


@pytest.mark.parametrize(("method", "rest"), UNWANTED)
def test_who_waits_for_leave_is_refused_before_the_body(
    method: str, rest: str, repository: Repository
) -> None:
    headers = {"Content-Length": "1000000000", "Expect": "100-continue"}
    with repository.wire.connect() as connection:
        connection.write(head(method, repository.path(rest), headers))
        assert connection.read(method).codes


def test_a_refusal_does_not_wait_for_the_body(repository: Repository) -> None:
    with repository.wire.connect() as connection:
        target = repository.path("NO/manifests/v1")
        connection.write(head("PUT", target, {"Content-Length": "1000000000"}))
        assert connection.read("PUT").codes == ["NAME_INVALID"]


def test_who_waits_for_leave_to_push_gets_it(repository: Repository) -> None:
    target = f"{repository.begin()}?digest={Digest.of(b'abc')}"
    with repository.wire.connect() as connection:
        headers = {"Content-Length": "3", "Expect": "100-continue"}
        connection.write(head("PUT", target, headers))
        assert connection.read_interim() == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.write(b"abc")
        assert connection.read("PUT").status == 201


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """Return a repository of a server that waits for the next bytes of a body only a moment."""
    folder = tmp_path_factory.mktemp("impatient")
    start = folder / "start" / "sitecustomize.py"
    start.parent.mkdir()
    start.write_text("from longshore.api import messages\nmessages.IDLE_LIMIT = 0.5\n")
    environment = {"PYTHONPATH": str(start.parent)}
    with Server(folder / "data", environment=environment) as server:
        yield Repository(Wire(server.port), "slow")


@pytest.mark.parametrize("sent", [b"", b"{"])
def test_a_body_that_stops_is_given_up(sent: bytes, impatient: Repository) -> None:
    location = impatient.begin()
    for method, target in (
        ("PUT", impatient.path("manifests/v1")),
        ("PATCH", location),
        ("PUT", f"{location}?digest={DIGEST}"),
        ("POST", impatient.path(f"blobs/uploads/?digest={DIGEST}")),
    ):
        with impatient.wire.connect() as connection:
            connection.write(head(method, target, {"Content-Length": "1000"}) + sent)
            reply = connection.read(method)
            assert (reply.status, reply.codes) == (408, ["SIZE_INVALID"])
            assert closes(connection)
    assert impatient.ask("GET", "manifests/v1").status == 404
    assert impatient.wire.ask("PATCH", location, b"goes on").status == 202


def closes(connection: Connection) -> bool:
    return connection.read_some() == b""
