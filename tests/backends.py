"""Every implementation of the metadata and byte ports, opened for a test.

A new backend is one more line in `METADATA` or `STORES`: all suites then run on it as well.
"""

import contextlib
import functools
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.registry.records import StoredBlob
from longshore.registry.stores import ByteStore
from longshore.storage import sqlite
from longshore.storage.filesystem import FilesystemBlobStore
from longshore.storage.memory.metadata import MemoryMetadata
from longshore.storage.memory.store import MemoryByteStore
from longshore.storage.sqlite import SQLiteMetadata

HOUR = 3600_000  # ms


class Time:
    """A clock that stands still unless a test moves it; milliseconds."""

    def __init__(self) -> None:
        self.now = 1_000 * HOUR

    def __call__(self) -> int:
        return self.now

    def advance(self, milliseconds: int) -> None:
        self.now += milliseconds


class MetadataOpener(Protocol):
    """Opens rows; periods in milliseconds."""

    def __call__(
        self, folder: Path, grace: int, time: Time, /, *, window: int = 0
    ) -> AbstractContextManager[Metadata]: ...


StoreOpener = Callable[[Path], AbstractContextManager[Callable[[], ByteStore]]]


@contextlib.contextmanager
def _memory(_: Path, grace: int, time: Time, /, *, window: int = 0) -> Iterator[Metadata]:
    yield MemoryMetadata(grace, time, window=window)


@functools.cache
def _migrated() -> bytes:
    """A database without rows; to make one takes longer than most tests that use it."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "longshore.db")
        sqlite.migrate(database)
        return database.read_bytes()


@contextlib.contextmanager
def _sqlite(folder: Path, grace: int, time: Time, /, *, window: int = 0) -> Iterator[Metadata]:
    database = folder / "longshore.db"
    database.write_bytes(_migrated())
    with contextlib.closing(SQLiteMetadata(database, grace, time, window=window)) as metadata:
        yield metadata


METADATA: dict[str, MetadataOpener] = {
    "memory": _memory,
    "sqlite": _sqlite,
}


@contextlib.contextmanager
def _memory_store(folder: Path) -> Iterator[Callable[[], ByteStore]]:
    store = MemoryByteStore(folder)
    yield lambda: store


@contextlib.contextmanager
def _filesystem(folder: Path) -> Iterator[Callable[[], ByteStore]]:
    FilesystemBlobStore(folder).prepare()
    yield lambda: FilesystemBlobStore(folder)


# Each answers a function that gives the store as one more process would open it.
STORES: dict[str, StoreOpener] = {
    "memory": _memory_store,
    "filesystem": _filesystem,
}


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """Bytes as a request brings them."""
    for part in parts:
        yield part


async def save(store: ByteStore, content: bytes, algorithm: str = "sha256") -> StoredBlob:
    """Bytes in the store, complete, that no row points at yet."""
    upload = f"upload-of-{Digest.of(content).hex}"
    await store.begin(upload, algorithm)
    await store.append(upload, None, chunks(content))
    return await store.commit(upload, Digest.of(content, algorithm))
