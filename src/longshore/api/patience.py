"""Waiting for one thing after another, none of them too long, with one timer for them all.

Decides when a wait is over, and when many short ones bring too little. A body comes in thousands
of chunks; a timer for each of them, as `asyncio.timeout` makes, costs as much as all else that is
done for the chunk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

WINDOW = 30.0  # seconds of waiting over which a pace is measured
LOOK_AGAIN = 0.1  # seconds, where it is too slow but not waiting at this moment

T = TypeVar("T")


class Patience:
    """Begun and used in one task, and ended by `end`.

    `limit` in seconds, for each wait. `pace` is the least that has to come in a second of
    waiting, on an average over `WINDOW`, as `count` is told; time that others take is not waited.
    """

    def __init__(self, limit: float, pace: float = 0.0) -> None:
        self._limit = limit
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._since: float | None = None  # when the present wait began
        self._waited = 0.0  # seconds, in former waits of the present window
        self._came = 0
        self._is_over = False
        self._timer = self._loop.call_later(min(limit, WINDOW), self._look)

    def count(self, amount: int) -> None:
        """Something came."""
        self._came += amount

    async def wait_for(self, awaitable: Awaitable[T]) -> T:
        """What it gives; raises TimeoutError when that takes too long."""
        self._since = since = self._loop.time()
        try:
            return await awaitable
        except asyncio.CancelledError:
            if self._is_over and self._task is not None and not self._task.uncancel():
                raise TimeoutError from None
            raise  # somebody else's wish
        finally:
            self._since = None
            self._waited += self._loop.time() - since

    def end(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        waiting = 0.0 if self._since is None else self._loop.time() - self._since
        window = self._waited + waiting
        is_slow = window >= WINDOW and self._came < self._pace * window
        if (
            self._since is not None
            and self._task is not None
            and (waiting >= self._limit or is_slow)
        ):
            self._is_over = True
            self._task.cancel()
            return
        if window >= WINDOW and not is_slow:
            # The present wait counts from now on in the next window.
            self._waited, self._came, window = -waiting, 0, 0.0
        pause = min(self._limit - waiting, max(WINDOW - window, LOOK_AGAIN))
        self._timer = self._loop.call_later(pause, self._look)
