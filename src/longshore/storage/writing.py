"""Writing an upload's bytes to its file: hashed as they come, in threads, never all in memory.

Decides when a thread is worth its cost, and when the kernel begins to write to the disk: early,
so that little is left to do when the upload ends and everything must be durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
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
WRITE_BACK = 8 * 1024 * 1024  # bytes after which the kernel is asked to begin with the disk


class Writer:
    """Gathers chunks and writes them in a thread, while the next ones arrive."""

    def __init__(self, file: int, running: Hasher | None) -> None:
        self._file = file
        self._hash = running
        self._dirty = 0
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
                    flush = asyncio.ensure_future(in_thread(self._write, gathered))
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
        self._dirty += len(data)
        self.is_sound = True
        if self._dirty >= WRITE_BACK:
            _begin_write_back(self._file)
            self._dirty = 0


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


def _begin_write_back(file: int) -> None:
    """Let the kernel begin to write what is dirty, and do not wait (sync_file_range(2), Linux)."""
    begin_only = 2
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).sync_file_range(
            file, ctypes.c_int64(0), ctypes.c_int64(0), ctypes.c_uint(begin_only)
        )


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull from None
        raise
