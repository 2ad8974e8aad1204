"""The ways in which a client gets a blob into a repository: asked for, mounted, pushed, resumed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from longshore.oci.digest import Digest
from tests.crash.model import Pending
from tests.crash.wire import Reply, Wire

if TYPE_CHECKING:
    from tests.crash.client import Client

GRACE = 4.0  # seconds; the server has the same
SHARED = 10  # contents that every client pushes

_OCTETS = {"Content-Type": "application/octet-stream"}


class Uploader:
    def __init__(self, client: Client, wire: Wire) -> None:
        self._client = client
        self._random = client.random
        self._wire = wire

    def some_content(self) -> bytes:
        """Small mostly; one that others push as well, or one that is new."""
        if self._random.random() < 0.5:
            shared = random.Random(self._random.randrange(SHARED))
            return shared.randbytes(shared.choice([1, 700, 40_000, 300_000]))
        size = self._random.choice([1, 100, 5_000, 70_000, 200_000, 2_500_000])
        return self._random.randbytes(self._random.randint(1, size))

    def ensure(self, repository: str, content: bytes) -> float:
        """Have the blob in the repository; answers until when it is promised to be kept."""
        digest = Digest.of(content)
        self._client.model.contents[digest] = content
        started = time.monotonic()
        if self._random.random() < 0.4:
            reply = self._wire.send("HEAD", f"/v2/{repository}/blobs/{digest}")
            if reply.status == 200:
                return started + GRACE * 3 / 4
        if self._random.random() < 0.4:
            self._mount(repository, content)
        else:
            ways = [self._whole, self._two_requests, self._chunks, self._stream]
            self._random.choice(ways)(repository, content)
        return started + GRACE

    def _expect(self, reply: Reply, status: int, what: str) -> Reply:
        if reply.status != status:
            self._client.wrong.append(f"{what}: {reply.status} {reply.body!r}")
        return reply

    def _mount(self, repository: str, content: bytes) -> None:
        """From any repository, which may hold it or not; else push it to where the reply says."""
        digest = Digest.of(content)
        source = f"client{self._random.randrange(4)}/a"
        query = f"?mount={digest}&from={source}"
        reply = self._wire.send("POST", f"/v2/{repository}/blobs/uploads/{query}")
        if reply.status != 201:
            self._expect(reply, 202, f"mount from {source}")
            self._finish(Pending(repository, str(reply.headers["Location"]), content), content)

    def _whole(self, repository: str, content: bytes) -> None:
        path = f"/v2/{repository}/blobs/uploads/?digest={Digest.of(content)}"
        self._expect(self._wire.send("POST", path, content, _OCTETS), 201, "POST of a whole blob")

    def _begin(self, repository: str, content: bytes) -> Pending:
        reply = self._wire.send("POST", f"/v2/{repository}/blobs/uploads/")
        self._expect(reply, 202, "POST")
        return Pending(repository, str(reply.headers["Location"]), content)

    def _finish(self, pending: Pending, last: bytes) -> None:
        pending.is_ending = True
        path = f"{pending.location}?digest={Digest.of(pending.content)}"
        self._expect(self._wire.send("PUT", path, last, _OCTETS), 201, "PUT of an upload")

    def _two_requests(self, repository: str, content: bytes) -> None:
        self._finish(self._begin(repository, content), content)

    def _chunks(self, repository: str, content: bytes) -> None:
        """Chunks at their places, the last one with the end or before it."""
        pending = self._client.model.upload = self._begin(repository, content)
        size = max(1, len(content) // self._random.randint(1, 4))
        last = len(content) - (size if self._random.random() < 0.5 else 0)
        while pending.acknowledged < last:
            self._append(pending, content[pending.acknowledged :][:size])
        self._finish(pending, content[pending.acknowledged :])
        self._client.model.upload = None

    def _append(self, pending: Pending, chunk: bytes) -> None:
        start = pending.acknowledged
        place = {"Content-Range": f"{start}-{start + len(chunk) - 1}"}
        reply = self._wire.send("PATCH", pending.location, chunk, {**_OCTETS, **place})
        if self._expect(reply, 202, "PATCH").status == 202:
            pending.acknowledged += len(chunk)

    def _stream(self, repository: str, content: bytes) -> None:
        """One body of unknown length, as Docker sends it."""
        pending = self._client.model.upload = self._begin(repository, content)
        reply = self._wire.send("PATCH", pending.location, _pieces(content), _OCTETS)
        self._expect(reply, 202, "PATCH of a stream")
        pending.acknowledged = len(content)
        self._finish(pending, b"")
        self._client.model.upload = None

    def resume(self) -> None:
        """Go on with the upload that the last kill cut off: no acknowledged byte is missing."""
        pending = self._client.model.upload
        self._client.model.upload = None
        if pending is None:
            return
        reply = self._wire.send("GET", pending.location)
        if reply.status == 404 and pending.is_ending:
            return
        self._expect(reply, 204, "GET of an upload that was cut off")
        size = int(str(reply.headers["Range"]).removeprefix("0-")) + 1
        if not pending.acknowledged <= size <= len(pending.content):
            self._client.wrong.append(f"{size} bytes after {pending.acknowledged} acknowledged")
        self._finish(pending, pending.content[size:])


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 50_000):
        yield content[start : start + 50_000]
