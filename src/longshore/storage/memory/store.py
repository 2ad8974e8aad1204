"""Bytes in memory, and in one folder once they are complete. Implements `stores.ByteStore`.

A finished blob is a file, since the port hands out its path; the folder is the caller's. Decides
nothing about durability: nothing here outlives the process.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from longshore.oci.digest import Digest
from longshore.oci.errors import BlobUploadUnknown, DigestInvalid, UploadBusy, UploadOutOfOrder
from longshore.registry.records import StoredBlob
from longshore.storage.sql.clock import Clock, wall_clock


@dataclass(slots=True)
class _Upload:
    written: int  # when, in milliseconds
    content: bytearray = field(default_factory=bytearray)
    is_busy: bool = False


class MemoryByteStore:
    def __init__(self, folder: Path, clock: Clock = wall_clock) -> None:
        self._folder = folder
        self._clock = clock
        self._uploads: dict[str, _Upload] = {}
        self._committed: dict[str, int] = {}

    async def begin(self, upload: str, algorithm: str) -> None:  # noqa: ARG002  a hint for hashing early
        self._uploads[upload] = _Upload(self._clock())

    async def append(self, upload: str, offset: int | None, chunks: AsyncIterator[bytes]) -> int:
        with self._opened(upload) as opened:
            await self._extend(opened, offset, chunks)
            return len(opened.content)

    async def _extend(
        self, opened: _Upload, offset: int | None, chunks: AsyncIterator[bytes]
    ) -> None:
        if offset is not None and offset != len(opened.content):
            raise UploadOutOfOrder(len(opened.content))
        async for chunk in chunks:
            opened.content += chunk
            opened.written = self._clock()

    async def size(self, upload: str) -> int:
        return len(self._find(upload).content)

    async def commit(
        self,
        upload: str,
        digest: Digest,
        offset: int | None = None,
        chunks: AsyncIterator[bytes] | None = None,
    ) -> StoredBlob:
        with self._opened(upload) as opened:
            if chunks is not None:
                await self._extend(opened, offset, chunks)
            if self._uploads.pop(upload, None) is None:  # cancelled meanwhile
                raise BlobUploadUnknown
            content = bytes(opened.content)
            actual = Digest.of(content, digest.algorithm)
            if actual != digest:
                raise DigestInvalid(detail={"provided": digest, "actual": actual.hex})
            key = f"{digest.algorithm}-{digest.hex}-{secrets.token_hex(4)}"
            self.path(key).write_bytes(content)
            self._committed[key] = self._clock()
            return StoredBlob(digest, len(content), key)

    async def cancel(self, upload: str) -> None:
        self._uploads.pop(upload, None)

    async def expire(self, before: int) -> tuple[int, int]:
        old = [name for name, upload in self._uploads.items() if upload.written < before]
        for name in old:
            await self.cancel(name)
        return len(old), len(self._uploads)

    def path(self, key: str) -> Path:
        return self._folder / key

    async def delete(self, key: str) -> None:
        self._committed.pop(key, None)
        self.path(key).unlink(missing_ok=True)

    def list(self) -> Iterator[tuple[str, int]]:
        yield from list(self._committed.items())

    async def stored(self, key: str) -> int | None:
        return self.path(key).stat().st_size if self.path(key).exists() else None

    async def read(self, key: str) -> AsyncIterator[bytes]:
        yield self.path(key).read_bytes()

    def _find(self, upload: str) -> _Upload:
        if upload not in self._uploads:
            raise BlobUploadUnknown
        return self._uploads[upload]

    @contextlib.contextmanager
    def _opened(self, upload: str) -> Iterator[_Upload]:
        """The upload, for one request at a time."""
        opened = self._find(upload)
        if opened.is_busy:
            raise UploadBusy
        opened.is_busy = True
        try:
            yield opened
        finally:
            opened.is_busy = False
