"""Blobs of a repository: looked for, and read from any byte on, across cuts of the connection.

Decides that nobody gets the last byte of content that is not what its digest says. Memory is the
same whatever the size: pieces pass through.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import NamedTuple

import httpx

from longshore.client.errors import UnexpectedReply
from longshore.client.files import Extent
from longshore.client.transport import Repository, Request
from longshore.oci.digest import Digest, hasher
from longshore.oci.errors import BlobUnknown, DigestInvalid, SizeInvalid

SENT_AT_ONCE = 4 * 1024 * 1024  # bytes, between two looks at whether to go on

# Reads content from a byte on; closing what it answers ends the reading.
Opener = Callable[[int], Generator[bytes, None, None]]


class Blob(NamedTuple):
    digest: Digest
    size: int


def exists(repository: Repository, digest: Digest) -> bool:
    request = Request(
        "HEAD",
        _path(repository, digest),
        repository.scopes("pull"),
        accepts=frozenset({404}),
        missing=BlobUnknown,
    )
    return repository.registry.send(request).is_success


def read(repository: Repository, blob: Blob, start: int = 0) -> Generator[bytes, None, None]:
    """The bytes from `start` on, as they come; a cut is mended by asking for the rest.

    Raises BlobUnknown, SizeInvalid if there are more or fewer, and Unreachable if cuts do not end.
    """
    registry = repository.registry
    position, failures = start, 0
    while position < blob.size:
        problem: Exception = SizeInvalid(f"{blob.digest} has not the {blob.size} bytes it should")
        try:
            for piece in _rest(repository, blob, position):
                position += len(piece)
                failures = 0
                if position > blob.size:
                    raise problem
                yield piece
        except httpx.TransportError as cut:
            problem = registry.unreachable(cut)
        if position < blob.size:
            failures += 1
            if failures >= registry.patience.attempts:
                raise problem
            registry.pause(registry.patience.pause(failures))


def _rest(repository: Repository, blob: Blob, start: int) -> Generator[bytes, None, None]:
    """One reply's worth of the bytes from `start` on (RFC 9110, section 14)."""
    request = Request(
        "GET",
        _path(repository, blob.digest),
        repository.scopes("pull"),
        {"Range": f"bytes={start}-"} if start else {},
        missing=BlobUnknown,
    )
    with repository.registry.open(request, streams=True) as response:
        skip = start
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            place = response.headers.get("content-range", "")
            if not place.startswith(f"bytes {start}-"):
                raise UnexpectedReply(f"{response.url}: not the range from {start} on: {place}")
            skip = 0
        for piece in response.iter_raw():
            if skip < len(piece):
                yield piece[skip:] if skip else piece
            skip = max(0, skip - len(piece))


class Content:
    """Content on its way from somewhere to somewhere. Reading may begin again at any byte.

    `extent` is where it lies, if nothing has to be looked at on its way.
    """

    def __init__(
        self,
        blob: Blob,
        opener: Opener,
        tell: Callable[[int], None],
        extent: Extent | None = None,
    ) -> None:
        self.blob = blob
        self.extent = extent
        self._open = opener
        self._tell = tell

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes between; raises SizeInvalid if there are fewer."""
        position = start
        with closing(self._open(start)) as source:
            while position < end:
                piece = next(source, b"")
                if not piece:
                    raise SizeInvalid(f"{self.blob.digest} ends after {position} bytes")
                piece = piece[: end - position]
                self._check(position, piece)
                position += len(piece)
                yield piece
                self._tell(position)
        if not self.blob.size:
            self._check(0, b"")

    def send(self, extent: Extent, start: int, end: int, sock: socket.socket) -> None:
        """Send the bytes between within the kernel; raises SizeInvalid if there are fewer."""
        position = start
        with extent.path.open("rb", buffering=0) as file:
            while position < end:
                count = min(SENT_AT_ONCE, end - position)
                sent = sock.sendfile(file, extent.start + position, count)
                if not sent:
                    raise SizeInvalid(f"{self.blob.digest} ends after {position} bytes")
                position += sent
                self._tell(position)

    def _check(self, position: int, piece: bytes) -> None:
        """Called with each piece before it is given away."""


class Verified(Content):
    """Content that is checked as it passes: the last bytes are given away if all are right.

    Of what another process sent the beginning, nobody but the registry can tell.
    """

    def __init__(self, blob: Blob, opener: Opener, tell: Callable[[int], None]) -> None:
        super().__init__(blob, opener, tell)
        self._hash = hasher(blob.digest.algorithm)
        self._hashed = 0
        self._is_whole = True

    def _check(self, position: int, piece: bytes) -> None:
        """Raises DigestInvalid. What is behind the farthest byte so far is known already."""
        self._is_whole = self._is_whole and position <= self._hashed
        if not self._is_whole:
            return
        reached = position + len(piece)
        if reached > self._hashed:
            skip = max(0, self._hashed - position)
            self._hash.update(piece[skip:] if skip else piece)
            self._hashed = reached
        if reached == self.blob.size and self._hash.hexdigest() != self.blob.digest.hex:
            raise DigestInvalid(f"the content of {self.blob.digest} is not what its digest says")


def _path(repository: Repository, digest: Digest) -> str:
    return f"{repository.name}/blobs/{digest}"
