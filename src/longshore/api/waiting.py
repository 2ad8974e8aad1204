"""Requests that wait for news: each knows a number, and is answered when its number is another.

Decides who may wait, and who is woken: when anything is committed, one keyed read tells whether it
may be news to anybody, and only then the numbers are asked for, once for all who wait for one. So
pushes cost next to nothing here, and a change costs by what is waited for, not by those who wait.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import NamedTuple

from longshore.delivery.ports import Metadata, Transaction
from longshore.registry.changes import Changes

Leaving = Callable[[], Awaitable[object]]


class Question(NamedTuple):
    """What is waited for: `numbers` of things, by their names, and a `version` of them all.

    As long as the version is the same, so is every number. What is not there has no number, which
    is news to who knows one.
    """

    version: Callable[[Transaction], int]
    numbers: Callable[[Transaction, Collection[str]], Mapping[str, int]]


class Waiting:
    """`limit` requests wait at a time."""

    def __init__(
        self, metadata: Metadata, changes: Changes, question: Question, limit: int
    ) -> None:
        self._metadata = metadata
        self._changes = changes
        self._question = question
        self._limit = limit
        self._waiting: defaultdict[str, dict[asyncio.Future[bool], int]] = defaultdict(dict)
        self._count = 0
        self._watching: asyncio.Task[None] | None = None
        self.is_closed = False

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now is answered at once."""
        return self._count >= self._limit

    async def news(self, name: str, known: int, seconds: float, gone: Leaving) -> bool:
        """Whether the number is another than the known one, at the latest after some seconds.

        Ends as well when `gone` does: whoever asked is not there any more.
        """
        if self.is_full or self.is_closed:
            return (await self._numbers(name)).get(name) != known
        news: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(seconds, _end, news)
        leaving = asyncio.ensure_future(gone())
        leaving.add_done_callback(lambda _: _end(news))
        self._enter(name, news, known)
        try:
            # Whatever is committed from now on wakes; only what was before has to be asked for.
            self._answer([name], await self._numbers(name))
            return await news
        finally:
            self._leave(name, news)
            timer.cancel()
            leaving.cancel()

    def close(self) -> None:
        """Answer all who wait, and whoever comes from now on at once."""
        self.is_closed = True
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
        seen: int | None = None
        try:
            while True:
                mark = await self._changes.after(mark)
                names = list(self._waiting)
                version, numbers = await self._metadata.read(self._look, seen, names)
                if version != seen:
                    seen = version
                    self._answer(names, numbers)
        except Exception as problem:  # noqa: BLE001  each who waits shall hear of it
            self._watching = None
            for news in self._open():
                news.set_exception(problem)

    def _look(
        self, tx: Transaction, seen: int | None, names: Collection[str]
    ) -> tuple[int, Mapping[str, int]]:
        """The version, and the numbers if it is not the one that was seen last."""
        version = self._question.version(tx)
        return version, {} if version == seen else self._question.numbers(tx, names)

    async def _numbers(self, name: str) -> Mapping[str, int]:
        return await self._metadata.read(self._question.numbers, [name])

    def _answer(self, names: Collection[str], numbers: Mapping[str, int]) -> None:
        for name in names:
            for news, known in self._waiting.get(name, {}).items():
                if numbers.get(name) != known and not news.done():
                    news.set_result(True)

    def _open(self) -> list[asyncio.Future[bool]]:
        return [news for each in self._waiting.values() for news in each if not news.done()]


def _end(news: asyncio.Future[bool]) -> None:
    """Nothing new, and no more waiting."""
    if not news.done():
        news.set_result(False)
