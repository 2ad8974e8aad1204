"""Bytes in files of one folder. Implements `ports.ByteStore`, where the contract is.

    uploads/<id>                              bytes of an upload, as they come
    blobs/<algorithm>/<2 hex>/<hex>-<8 hex>   a blob, verified and durable; its key is the path

Decides when bytes are durable: file and folder are synced before a key is given. A key is never
used twice, so removing a file can not hit a push of the same digest. Knows no repository.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

from longshore.oci.digest import ALGORITHMS, Digest, Hasher, hasher
from longshore.oci.errors import (
    BlobUploadUnknown,
    DigestInvalid,
    StorageFull,
    UploadBusy,
    UploadOutOfOrder,
)
from longshore.registry.records import StoredBlob

P = ParamSpec("P")
T = TypeVar("T")

FLUSH = 1024 * 1024  # bytes that gather before they go to a thread that hashes and writes
SMALL = 64 * 1024  # bytes that cost less to write here than a change of threads
READ = 1024 * 1024
RUNNING = 1024  # uploads whose running hash is remembered


class _Running(NamedTuple):
    """The hash of an upload's first `size` bytes: a cache of what this process wrote itself."""

    algorithm: str
    hash: Hasher
    size: int


class FilesystemBlobStore:
    def __init__(self, root: Path) -> None:
        self._blobs = root / "blobs"
        self._uploads = root / "uploads"
        self._running: OrderedDict[str, _Running] = OrderedDict()

    def prepare(self) -> None:
        """Make every folder there will ever be, so that no push has to."""
        self._uploads.mkdir(parents=True, exist_ok=True)
        for algorithm in ALGORITHMS:
            for shard in range(256):
                (self._blobs / algorithm / f"{shard:02x}").mkdir(parents=True, exist_ok=True)
            _sync_folder(self._blobs / algorithm)
        _sync_folder(self._blobs)
        _sync_folder(self._blobs.parent)

    async def begin(self, upload: str, algorithm: str) -> None:
        with _full_disk():
            os.close(os.open(self._uploads / upload, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._remember(upload, _Running(algorithm, hasher(algorithm), 0))

    async def append(self, upload: str, offset: int | None, chunks: AsyncIterator[bytes]) -> int:
        with self._opened(upload) as file:
            size = os.fstat(file).st_size
            if offset is not None and offset != size:
                raise UploadOutOfOrder(size)
            os.lseek(file, 0, os.SEEK_END)
            running = self._running.pop(upload, None)
            if running is not None and running.size != size:
                running = None
            writer = _Writer(file, running.hash if running else None)
            try:
                await writer.drain(chunks)
            finally:
                if running is not None and writer.is_sound:
                    size_now = running.size + writer.written
                    self._remember(upload, running._replace(size=size_now))
            return os.fstat(file).st_size

    async def size(self, upload: str) -> int:
        try:
            return (self._uploads / upload).stat().st_size
        except FileNotFoundError:
            raise BlobUploadUnknown from None

    async def commit(self, upload: str, digest: Digest) -> StoredBlob:
        running = self._running.pop(upload, None)
        with self._opened(upload) as file:
            return await _in_thread(self._commit, upload, file, digest, running)

    def _commit(
        self, upload: str, file: int, digest: Digest, running: _Running | None
    ) -> StoredBlob:
        source = self._uploads / upload
        size = os.fstat(file).st_size
        if running and running.size == size and running.algorithm == digest.algorithm:
            actual = running.hash.hexdigest()
        else:
            actual = _hash_file(file, digest.algorithm)
        if actual != digest.hex:
            source.unlink(missing_ok=True)
            raise DigestInvalid(detail={"provided": digest, "actual": actual})
        key = f"{digest.algorithm}/{digest.hex[:2]}/{digest.hex}-{secrets.token_hex(4)}"
        target = self._blobs / key
        with _full_disk():
            os.utime(file)  # the time at which it was committed, which `list` tells
            os.fsync(file)
            _rename(source, target)
            _sync_folder(target.parent)
        return StoredBlob(digest, size, key)

    async def cancel(self, upload: str) -> None:
        self._running.pop(upload, None)
        (self._uploads / upload).unlink(missing_ok=True)

    async def expire(self, before: int) -> tuple[int, int]:
        expired = active = 0
        for upload in list(self._uploads.iterdir()):
            with contextlib.suppress(FileNotFoundError):  # ended meanwhile
                written = upload.stat().st_mtime_ns // 1_000_000
                if written >= before:
                    active += 1
                    continue
                await self.cancel(upload.name)
                expired += 1
        return expired, active

    def path(self, key: str) -> Path:
        return self._blobs / key

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self.path(key).unlink, missing_ok=True)

    def list(self) -> Iterator[tuple[str, int]]:
        for algorithm in ALGORITHMS:
            for shard in sorted((self._blobs / algorithm).iterdir()):
                with os.scandir(shard) as entries:
                    for entry in entries:
                        with contextlib.suppress(FileNotFoundError):  # unlinked meanwhile
                            committed = entry.stat().st_mtime_ns // 1_000_000
                            yield f"{algorithm}/{shard.name}/{entry.name}", committed

    def _remember(self, upload: str, running: _Running) -> None:
        self._running[upload] = running
        if len(self._running) > RUNNING:
            self._running.popitem(last=False)

    @contextlib.contextmanager
    def _opened(self, upload: str) -> Iterator[int]:
        """The upload's file, locked against other requests in whatever process."""
        path = self._uploads / upload
        try:
            file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            raise BlobUploadUnknown from None
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UploadBusy from None
            if not path.exists():  # committed or cancelled while this waited for its turn
                raise BlobUploadUnknown
            yield file
        finally:
            os.close(file)


class _Writer:
    """Gathers chunks and writes them in a thread, while the next ones arrive."""

    def __init__(self, file: int, running: Hasher | None) -> None:
        self._file = file
        self._hash = running
        self.written = 0
        self.is_sound = True  # everything hashed is in the file, and the other way round

    async def drain(self, chunks: AsyncIterator[bytes]) -> None:
        gathered: list[bytes] = []
        length = 0
        flush: asyncio.Task[None] | None = None
        try:
            async for chunk in chunks:
                gathered.append(chunk)
                length += len(chunk)
                if length >= FLUSH:
                    if flush:
                        await flush
                    flush = asyncio.ensure_future(_in_thread(self._write, gathered))
                    gathered, length = [], 0
        finally:
            # Also when the client went away: it may resume from what came.
            if flush:
                await flush
            if length > SMALL:
                await _in_thread(self._write, gathered)
            elif gathered:
                self._write(gathered)

    def _write(self, chunks: list[bytes]) -> None:
        self.is_sound = False
        with _full_disk():
            for chunk in chunks:
                _write_all(self._file, chunk)
                if self._hash is not None:
                    self._hash.update(chunk)
                self.written += len(chunk)
        self.is_sound = True


async def _in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run it in a thread and wait for its end even when cancelled: the file stays open so long."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _rename(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except FileNotFoundError:  # cancelled meanwhile
        raise BlobUploadUnknown from None


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _hash_file(file: int, algorithm: str) -> str:
    running = hasher(algorithm)
    position = 0
    while block := os.pread(file, READ, position):
        running.update(block)
        position += len(block)
    return running.hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull from None
        raise
