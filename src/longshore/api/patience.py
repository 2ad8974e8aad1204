"""Waiting for one thing after another, none of them too long, with one timer for them all.

Decides when a wait is over. A body comes in thousands of chunks; a timer for each of them,
as `asyncio.timeout` makes, costs as much as all else that is done for the chunk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Patience:
    """`limit` in seconds, for each wait. Begun and used in one task, and ended by `end`."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._since: float | None = None  # when the present wait began
        self._is_over = False
        self._timer = self._loop.call_later(limit, self._look)

    async def wait_for(self, awaitable: Awaitable[T]) -> T:
        """What it gives; raises TimeoutError when that takes longer than the limit."""
        self._since = self._loop.time()
        try:
            return await awaitable
        except asyncio.CancelledError:
            if self._is_over and self._task is not None and not self._task.uncancel():
                raise TimeoutError from None
            raise  # somebody else's wish
        finally:
            self._since = None

    def end(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        waited = 0.0 if self._since is None else self._loop.time() - self._since
        if waited < self._limit:
            self._timer = self._loop.call_later(self._limit - waited, self._look)
        elif self._task is not None:
            self._is_over = True
            self._task.cancel()
