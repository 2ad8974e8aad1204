"""Waiting for environments to change: one look at the rows for all who wait in this worker.

Decides how often is looked, and that nobody waits when the worker is to end. Changes are made in
any process; the rows have a number that grows with each.
"""

from __future__ import annotations

import asyncio

from longshore.delivery.deploying import version
from longshore.delivery.ports import Metadata

INTERVAL = 0.1  # seconds between two looks, of some ten microseconds each
MOST = 2000  # who wait at one time in a worker; another is answered at once


_OVER = -1  # in place of a version


class Changes:
    """`metadata` is read as long as somebody waits."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._version: int | None = None
        self._changed = asyncio.Event()
        self._waiting = 0
        self._looking: asyncio.Task[None] | None = None

    async def after(self, seen: int, seconds: float) -> bool:
        """Wait until something differs from the version that was seen; False if nothing did."""
        if self._version == _OVER or self._waiting >= MOST:
            return False
        self._waiting += 1
        if self._looking is None:
            self._version = None
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                while self._version in {None, seen}:
                    await self._changed.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return self._version != _OVER

    def end(self) -> None:
        """Let nobody wait any longer."""
        self._turn(_OVER)

    async def _look(self) -> None:
        try:
            while self._waiting and self._version != _OVER:
                found = await self._metadata.read(version)
                if found != self._version:
                    self._turn(found)
                await asyncio.sleep(INTERVAL)
        finally:
            self._looking = None

    def _turn(self, to: int) -> None:
        self._version = to
        self._changed.set()
        self._changed = asyncio.Event()
