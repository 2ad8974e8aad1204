"""Writing an upload's bytes to its file: hashed as they come, in threads, never all in memory.

Decides when a thread is worth its cost, and when the disk is to have what came: early and again and
again, so that little is left to do when the upload ends and everything must be durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import ParamSpec, TypeVar

from longshore.oci.digest import Hasher
from longshore.oci.errors import StorageFull

P = ParamSpec("P")
T = TypeVar("T")

FLUSH = 1024 * 1024  # bytes that gather before they go to a thread that hashes and writes
SMALL = 64 * 1024  # bytes that cost less to write here than a change of threads
SYNC_EVERY = 16 * 1024 * 1024  # bytes that come before the disk is asked for them


class Writer:
    """Gathers chunks and writes them in a thread, while the next ones arrive."""

    def __init__(self, file: int, running: Hasher | None) -> None:
        self._file = file
        self._hash = running
        self._unsynced = 0
        self._sync: asyncio.Task[None] | None = None
        self.written = 0
        self.is_sound = True  # everything hashed is in the file, and the other way round
        self.is_lost = False  # the disk did not take what is in the file

    async def drain(self, chunks: AsyncIterator[bytes]) -> None:
        try:
            await self._drain(chunks)
        finally:
            await self._end_sync()

    async def _drain(self, chunks: AsyncIterator[bytes]) -> None:
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
                    flush = asyncio.ensure_future(in_thread(self._write, gathered))
                    await self._begin_sync(length)
                    gathered, length = [], 0
        finally:
            # Also when the client went away: it may resume from what came.
            if flush:
                await flush
            if length > SMALL:
                await in_thread(self._write, gathered)
            elif gathered:
                self._write(gathered)

    def _write(self, chunks: list[bytes]) -> None:
        # Joined, as every call with the data lets other threads have the interpreter, and waits
        # to get it back.
        data = b"".join(chunks)
        self.is_sound = False
        with full_disk():
            _write_all(self._file, data)
        if self._hash is not None:
            self._hash.update(data)
        self.written += len(data)
        self.is_sound = True

    async def _begin_sync(self, more: int) -> None:
        """Have the disk take what came so far, while more comes; raises what it said last time.

        To only let the kernel begin (sync_file_range(2)) leaves half a second of work for the end
        of 500 MB: what is behind the kernel waits for to be asked, too.
        """
        self._unsynced += more
        if self._unsynced >= SYNC_EVERY and (self._sync is None or self._sync.done()):
            await self._end_sync()
            self._sync = asyncio.ensure_future(in_thread(self._have_synced))
            self._unsynced = 0

    async def _end_sync(self) -> None:
        if self._sync:
            await self._sync

    def _have_synced(self) -> None:
        self.is_lost = True
        with full_disk():
            os.fsync(self._file)
        self.is_lost = False


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run it in a thread, and wait for its end however often this is cancelled.

    Its file is closed after that, and the number may then be another file's.
    """
    loop = asyncio.get_running_loop()
    running = loop.run_in_executor(None, partial(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        raise


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull from None
        raise
