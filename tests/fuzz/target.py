"""The server under fire: it must answer, never fail, and show only what it has acknowledged."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence

from longshore.oci.digest import Digest
from tests.api.pushing import Repository
from tests.api.wire import Connection, Wire
from tests.fuzz.requests import NAMES, UPLOAD, Request
from tests.serving import Server

# An ending for bytes of which nobody knows what they are: enough for most bodies that were
# begun, the end of a chunked one, and a request after which the server closes.
ENDING = (
    b"\r\n" * 32_000 + b"0\r\n\r\n" + b"GET /v2/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
)

QUIET = 2.0  # seconds

_REPLY = re.compile(rb"HTTP/1\.[01] (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n")
_HEADER = re.compile(rb"^([^:\r\n]+): ([^\r\n]*)", re.MULTILINE)


class Target:
    """A server with something in it, and a ledger of what it said that it keeps."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.wire = Wire(server.port)
        self.acknowledged: set[str] = set()
        for name in NAMES[:3]:
            repository = Repository(self.wire, name)
            pushed = repository.push_image("latest")
            self._acknowledge(name, "blobs", repository.push_blob(b"{}"))
            self._acknowledge(name, "blobs", repository.push_blob(b"layer"))
            self._acknowledge(name, "manifests", pushed.digest, "latest")

    def _acknowledge(self, name: str, kind: str, *references: str) -> None:
        self.acknowledged |= {f"/v2/{name}/{kind}/{reference}" for reference in references}

    def _begin(self) -> str:
        """Begin an upload; answers its name."""
        return Repository(self.wire, "fuzz/a").begin().rpartition("/")[2]

    def send(self, requests: Sequence[Request]) -> None:
        """Send requests on one connection, up to the first whose body is cut short."""
        upload = self._begin() if any(UPLOAD in request.path for request in requests) else ""
        with self.wire.connect() as connection:
            for number, request in enumerate(requests, 1):
                data = request.encode(upload, is_last=number == len(requests))
                with contextlib.suppress(ConnectionError):  # it may have refused and closed
                    connection.write(data)
                if request.is_cut:
                    with contextlib.suppress(OSError):  # ENOTCONN, for the same reason
                        connection.end_sending()
                    break
            self._judge(_read(connection))

    def send_raw(self, data: bytes, *, pieces: int) -> None:
        """Send any bytes, in several writes."""
        place = UPLOAD.encode()
        whole = (data.replace(place, self._begin().encode()) if place in data else data) + ENDING
        size = len(whole) // pieces + 1
        with self.wire.connect() as connection:
            with contextlib.suppress(ConnectionError):
                for start in range(0, len(whole), size):
                    connection.write(whole[start : start + size])
            self._judge(_read(connection, QUIET))

    def _judge(self, received: bytes) -> None:
        for status, headers in _replies(received):
            assert status < 500, received
            if status == 201:
                self._note(headers)

    def _note(self, headers: dict[str, str]) -> None:
        location = headers["location"]
        folder = location.rpartition("/")[0]
        digest = headers["docker-content-digest"]
        tags = headers.get("oci-tag", "").split(", ")
        self.acknowledged |= {location, *(f"{folder}/{one}" for one in (digest, *tags))}

    def check(self) -> None:
        """Raise AssertionError if anything is wrong with the server after all this."""
        assert self.wire.ask("GET", "/readyz").status == 200
        log = self.server.log.read_text(errors="replace")
        assert "Traceback" not in log, log[log.index("Traceback") - 300 :][:3000]
        assert '"level":"error"' not in log
        visible = self._visible()
        assert visible
        assert visible - self.acknowledged == set()

    def _visible(self) -> set[str]:
        """The address of everything that can be pulled; its bytes must be those of its digest."""
        found = set()
        path = f"file:{self.server.root}/longshore.db?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True)) as database:
            for name, digest, content in database.execute(_MANIFESTS):
                assert Digest.of(content, digest[:6]) == digest
                found.add(f"/v2/{name}/manifests/{digest}")
            for name, digest, key in database.execute(_BLOBS):
                content = (self.server.root / "blobs" / key).read_bytes()
                assert hashlib.new(digest[:6], content).hexdigest() == digest[7:]
                found.add(f"/v2/{name}/blobs/{digest}")
            for name, tag in database.execute(_TAGS):
                found.add(f"/v2/{name}/manifests/{tag}")
        return found


_MANIFESTS = """SELECT r.name, m.digest, m.content FROM manifests m
    JOIN repositories r ON r.id = m.repository_id"""
_BLOBS = """SELECT r.name, b.digest, b.key FROM links l
    JOIN repositories r ON r.id = l.repository_id JOIN blobs b ON b.id = l.blob_id"""
_TAGS = "SELECT r.name, t.name FROM tags t JOIN repositories r ON r.id = t.repository_id"


def _read(connection: Connection, quiet: float | None = None) -> bytes:
    """Everything until the server closes; a server that neither sends nor closes hangs: it raises.

    After some quiet seconds the server may still wait for a body: that ends then.
    """
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while True:
            if quiet and not connection.has_something(quiet):
                connection.end_sending()
                quiet = None
            piece = connection.read_some()
            if not piece:
                return received
            received += piece
    return received


def _replies(received: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Heads of replies, wherever they stand: what lies between them are bodies."""
    for found in _REPLY.finditer(received):
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in _HEADER.findall(found[2])
        }
        yield int(found[1]), headers
