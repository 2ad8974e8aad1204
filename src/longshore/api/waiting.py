"""Requests that wait for news: each knows a number, and is answered when its number is another.

Decides who may wait, and who is woken: when anything is committed, one cheap question is asked for
all who wait in this process, and whoever already knows the answer sleeps on. So a change costs by
the things that are waited for, not by those who wait.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping

from longshore.delivery.ports import Metadata, Transaction
from longshore.registry.changes import Changes

Question = Callable[[Transaction, Collection[str]], Mapping[str, int]]
Leaving = Callable[[], Awaitable[object]]


class Waiting:
    """`limit` requests wait at a time. `ask` tells the numbers of some things by their names.

    What is not there has no number, which is news to who knows one.
    """

    def __init__(self, metadata: Metadata, changes: Changes, ask: Question, limit: int) -> None:
        self._metadata = metadata
        self._changes = changes
        self._ask = ask
        self._limit = limit
        self._waiting: defaultdict[str, dict[asyncio.Future[bool], int]] = defaultdict(dict)
        self._count = 0
        self._watching: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now is answered at once."""
        return self._count >= self._limit

    async def news(self, name: str, known: int, seconds: float, gone: Leaving) -> bool:
        """Whether the number is another than the known one, at the latest after some seconds.

        Ends as well when `gone` does: whoever asked is not there any more.
        """
        if self.is_full or self._is_closed:
            return (await self._numbers([name])).get(name) != known
        news: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(seconds, _end, news)
        leaving = asyncio.ensure_future(gone())
        leaving.add_done_callback(lambda _: _end(news))
        self._enter(name, news, known)
        try:
            # Whatever is committed from now on wakes; only what was before has to be asked for.
            self._answer(await self._numbers([name]))
            return await news
        finally:
            self._leave(name, news)
            timer.cancel()
            leaving.cancel()

    def close(self) -> None:
        """Answer all who wait, and whoever comes from now on at once."""
        self._is_closed = True
        for news in self._open():
            _end(news)

    def _enter(self, name: str, news: asyncio.Future[bool], known: int) -> None:
        self._waiting[name][news] = known
        self._count += 1
        if self._watching is None:
            self._watching = asyncio.ensure_future(self._watch(self._changes.mark()))

    def _leave(self, name: str, news: asyncio.Future[bool]) -> None:
        del self._waiting[name][news]
        self._count -= 1
        if not self._waiting[name]:
            del self._waiting[name]
        if not self._waiting and self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self, mark: int) -> None:
        """Ask again after each change, for as long as anybody waits."""
        try:
            while True:
                mark = await self._changes.after(mark)
                self._answer(await self._numbers(list(self._waiting)))
        except Exception as problem:  # noqa: BLE001  each who waits shall hear of it
            self._watching = None
            for news in self._open():
                news.set_exception(problem)

    async def _numbers(self, names: Collection[str]) -> dict[str, int | None]:
        found = await self._metadata.read(self._ask, names)
        return {name: found.get(name) for name in names}

    def _answer(self, numbers: Mapping[str, int | None]) -> None:
        for name, number in numbers.items():
            for news, known in self._waiting.get(name, {}).items():
                if number != known and not news.done():
                    news.set_result(True)

    def _open(self) -> list[asyncio.Future[bool]]:
        return [news for each in self._waiting.values() for news in each if not news.done()]


def _end(news: asyncio.Future[bool]) -> None:
    """Nothing new, and no more waiting."""
    if not news.done():
        news.set_result(False)
