"""Commits to rows in memory. Implements `changes.Changes`, where the contract is."""

from __future__ import annotations

import asyncio


class MemoryChanges:
    """Whoever commits says so; one event loop sees it."""

    def __init__(self) -> None:
        self._commits = 0
        self._next = asyncio.Event()

    def mark(self) -> int:
        return self._commits

    async def after(self, mark: int) -> int:
        while self._commits == mark:
            await self._next.wait()
        return self._commits

    def committed(self) -> None:
        self._commits += 1
        self._next.set()
        self._next = asyncio.Event()
