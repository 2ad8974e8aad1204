"""Bytes in files of one folder. Implements `stores.ByteStore`, where the contract is.

    uploads/<id>                              bytes of an upload, as they come
    blobs/<algorithm>/<2 hex>/<hex>-<8 hex>   a blob, verified and durable; its key is the path

Decides when bytes are durable: file and folders are synced before a key is given. A key is never
used twice, so removing a file can not hit a push of the same digest. Knows no repository.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

from longshore.oci.digest import ALGORITHMS, DEFAULT_ALGORITHM, Digest, Hasher, hasher
from longshore.oci.errors import (
    BlobUploadUnknown,
    DigestInvalid,
    StorageFull,
    UploadBusy,
    UploadOutOfOrder,
)
from longshore.registry.records import StoredBlob
from longshore.storage.writing import Writer, full_disk, in_thread

READ = 1024 * 1024
RUNNING = 1024  # uploads whose running hash is remembered
_SHARDS = frozenset(f"{shard:02x}" for shard in range(256))


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
        self._sharded: set[Path] = set()  # folders whose shards outlast a power cut

    def prepare(self) -> None:
        self._uploads.mkdir(parents=True, exist_ok=True)
        for algorithm in ALGORITHMS:
            (self._blobs / algorithm).mkdir(parents=True, exist_ok=True)
        _sync_folder(self._blobs)
        _sync_folder(self._blobs.parent)

    async def begin(self, upload: str, algorithm: str) -> None:
        with full_disk():
            os.close(os.open(self._uploads / upload, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._remember(upload, _Running(algorithm, hasher(algorithm), 0))

    async def append(self, upload: str, offset: int | None, chunks: AsyncIterator[bytes]) -> int:
        with self._opened(upload) as file:
            return await self._extend(upload, file, offset, chunks)

    async def _extend(
        self,
        upload: str,
        file: int,
        offset: int | None,
        chunks: AsyncIterator[bytes],
        algorithm: str = DEFAULT_ALGORITHM,
    ) -> int:
        size = os.fstat(file).st_size
        if offset is not None and offset != size:
            raise UploadOutOfOrder(size)
        running = self._running.pop(upload, None)
        if running is None or running.size != size:
            # Whoever began it may be another process: requests come over many connections.
            running = None if size else _Running(algorithm, hasher(algorithm), 0)
        writer = Writer(file, running.hash if running else None)
        try:
            await writer.drain(chunks)
        except StorageFull:
            # Half a chunk would only keep the disk full for as long as an upload may last.
            os.ftruncate(file, size)
            running = None
            raise
        finally:
            if writer.is_lost:
                # It still reads as if it were there, and the next sync would say that all is well.
                (self._uploads / upload).unlink(missing_ok=True)
            elif running is not None and writer.is_sound:
                self._remember(upload, running._replace(size=size + writer.written))
        return size + writer.written

    async def size(self, upload: str) -> int:
        try:
            return (self._uploads / upload).stat().st_size
        except FileNotFoundError:
            raise BlobUploadUnknown from None

    async def commit(
        self,
        upload: str,
        digest: Digest,
        offset: int | None = None,
        chunks: AsyncIterator[bytes] | None = None,
    ) -> StoredBlob:
        with self._opened(upload) as file:
            if chunks is not None:
                await self._extend(upload, file, offset, chunks, digest.algorithm)
            running = self._running.pop(upload, None)
            return await in_thread(self._commit, upload, file, digest, running)

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
        with full_disk():
            os.utime(file)  # the time at which it was committed, which `list` tells
            self._make_shards(target.parent.parent)
            _rename(source, target)
            # After the rename: until a row points at it, nobody minds a file that is not complete,
            # and with few pushes at a time one commit of a journal serves both. With many it
            # makes no difference: they share commits anyway.
            os.fsync(file)
            _sync_folder(target.parent)
        return StoredBlob(digest, size, key)

    def _make_shards(self, folder: Path) -> None:
        """Make all there will ever be, so that no later blob has to.

        Those that another process has just made may not be synced yet.
        """
        if folder in self._sharded:
            return
        for shard in _SHARDS - {found.name for found in folder.iterdir()}:
            (folder / shard).mkdir(exist_ok=True)
        _sync_folder(folder)
        self._sharded.add(folder)

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
        await in_thread(self.path(key).unlink, missing_ok=True)

    def list(self) -> Iterator[tuple[str, int]]:
        for algorithm in ALGORITHMS:
            for shard in sorted((self._blobs / algorithm).iterdir()):
                with os.scandir(shard) as entries:
                    for entry in entries:
                        with contextlib.suppress(FileNotFoundError):  # unlinked meanwhile
                            committed = entry.stat(follow_symlinks=False).st_mtime_ns // 1_000_000
                            yield f"{algorithm}/{shard.name}/{entry.name}", committed

    async def stored(self, key: str) -> int | None:
        try:
            return (await in_thread(self.path(key).stat)).st_size
        except FileNotFoundError:
            return None

    async def read(self, key: str) -> AsyncIterator[bytes]:
        with await in_thread(self.path(key).open, "rb", 0) as file:
            while piece := await in_thread(file.read, READ):
                yield piece

    def _remember(self, upload: str, running: _Running) -> None:
        self._running[upload] = running
        if len(self._running) > RUNNING:
            self._running.popitem(last=False)

    @contextlib.contextmanager
    def _opened(self, upload: str) -> Iterator[int]:
        """The upload's file, locked against other requests in whatever process."""
        path = self._uploads / upload
        try:
            file = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            raise BlobUploadUnknown from None
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UploadBusy from None
            if not path.exists():  # committed or cancelled since it was opened
                raise BlobUploadUnknown
            yield file
        finally:
            os.close(file)


def _rename(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except FileNotFoundError:  # cancelled meanwhile
        raise BlobUploadUnknown from None


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
