"""Commits to a file of SQLite, as one of its connections sees them. Implements `changes.Changes`.

Decides how often to look: PRAGMA data_version costs microseconds and is other than it was once
another connection has committed, in whichever process. Nobody looks while nobody waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

LOOK_EVERY = 0.1  # seconds


class SQLiteChanges:
    """All that commits, other than by this connection. One event loop waits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen = -1
        self._waiting: set[asyncio.Future[int]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # while somebody waits

    def mark(self) -> int:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    async def after(self, mark: int) -> int:
        self._look()
        if self._seen != mark:
            return self._seen
        self._loop = asyncio.get_running_loop()
        waiting: asyncio.Future[int] = self._loop.create_future()
        self._waiting.add(waiting)
        self._look_later()
        try:
            return await waiting
        finally:
            self._waiting.discard(waiting)
            if not self._waiting:
                self._rest()

    def nudge(self) -> None:
        """Look at once: this process has committed something. Any thread may say so."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits
                loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        """Wake all who wait if there is something new, or no way to know."""
        try:
            now = self.mark()
        except sqlite3.Error as problem:
            for waiting in self._pending():
                waiting.set_exception(problem)
            return
        if now != self._seen:
            self._seen = now
            for waiting in self._pending():
                waiting.set_result(now)

    def _pending(self) -> list[asyncio.Future[int]]:
        return [waiting for waiting in self._waiting if not waiting.done()]

    def _look_later(self) -> None:
        if self._timer is None and self._loop is not None:
            self._timer = self._loop.call_later(LOOK_EVERY, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._look()
        self._look_later()

    def _rest(self) -> None:
        self._loop = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
