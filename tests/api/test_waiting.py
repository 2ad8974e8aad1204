"""Who waits for news, who is woken by it, and who is not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore.api.waiting import Question, Waiting
from longshore.registry.ports import Transaction
from longshore.storage.memory.metadata import MemoryMetadata
from longshore.storage.sqlite import SQLiteMetadata
from tests.backends import HOUR, METADATA, Time

LONG = 3600.0  # seconds: nobody waits that long here
LIMIT = 3
Rows = MemoryMetadata | SQLiteMetadata


class Numbers:
    """Facts that are numbers, with one that grows with them; and what was asked of them."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.again = asyncio.Event()
        self.problem: Exception | None = None

    def version(self, tx: Transaction) -> int:
        if self.problem is not None:
            raise self.problem
        self.again.set()
        return int(tx.facts.get("version") or 0)

    def numbers(self, tx: Transaction, names: Collection[str]) -> dict[str, int]:
        self.asked.append(sorted(names))
        found = {name: tx.facts.get(name) for name in names}
        return {name: int(value) for name, value in found.items() if value is not None}


async def never() -> None:
    await asyncio.Event().wait()


async def at_once() -> None:
    return


@pytest.fixture(params=METADATA)
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rows]:
    with METADATA[request.param](tmp_path, HOUR, Time()) as opened:
        assert isinstance(opened, Rows)
        yield opened


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


@pytest.fixture
def waiting(rows: Rows, numbers: Numbers) -> Waiting:
    return Waiting(rows, rows.changes, Question(numbers.version, numbers.numbers), LIMIT)


def put_fact(tx: Transaction, name: str, value: str) -> None:
    tx.facts.put(name, value)


def change(tx: Transaction, name: str, number: int) -> None:
    tx.facts.put(name, str(number))
    tx.facts.put("version", str(int(tx.facts.get("version") or 0) + 1))


async def put(rows: Rows, name: str, number: int) -> None:
    await rows.write(change, name, number)


@contextlib.asynccontextmanager
async def asleep(
    waiting: Waiting, name: str, known: int = 1, seconds: float = LONG
) -> AsyncIterator[asyncio.Task[bool]]:
    """Somebody who has asked, and waits."""
    task = asyncio.create_task(waiting.news(name, known, seconds, never))
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def others() -> set[asyncio.Task[object]]:
    current = asyncio.current_task()
    return {task for task in asyncio.all_tasks() if task is not current and not task.done()}


async def test_who_knows_another_number_is_answered_at_once(rows: Rows, waiting: Waiting) -> None:
    await put(rows, "one", 2)
    assert await waiting.news("one", 1, LONG, never)


async def test_what_is_not_there_is_news_to_who_knows_a_number(waiting: Waiting) -> None:
    assert await waiting.news("one", 1, LONG, never)


async def test_who_waits_is_answered_when_the_number_changes(rows: Rows, waiting: Waiting) -> None:
    await put(rows, "one", 1)
    async with asleep(waiting, "one") as first, asleep(waiting, "one") as second:
        await put(rows, "one", 2)
        assert await first
        assert await second


async def test_who_waits_for_something_else_sleeps_on(
    rows: Rows, waiting: Waiting, numbers: Numbers
) -> None:
    await put(rows, "one", 1)
    await put(rows, "two", 1)
    async with asleep(waiting, "one") as one, asleep(waiting, "two") as two:
        await put(rows, "two", 2)
        assert await two
        numbers.again.clear()
        await put(rows, "three", 1)
        await numbers.again.wait()
        assert numbers.asked[-1] == ["one"]
        assert not one.done()
        await put(rows, "one", 2)
        assert await one


async def test_a_change_costs_one_question_for_all_who_wait(
    rows: Rows, waiting: Waiting, numbers: Numbers
) -> None:
    await put(rows, "one", 1)
    async with (
        asleep(waiting, "one") as first,
        asleep(waiting, "one") as second,
        asleep(waiting, "two", 7) as third,
    ):
        assert await third
        numbers.asked.clear()
        await put(rows, "one", 2)
        await asyncio.gather(first, second)
        assert numbers.asked == [["one"]]


async def test_what_is_no_news_to_anybody_costs_one_keyed_read(
    rows: Rows, waiting: Waiting, numbers: Numbers
) -> None:
    await put(rows, "one", 1)
    async with asleep(waiting, "one") as wait:
        for value in "abc":
            numbers.asked.clear()
            numbers.again.clear()
            await rows.write(put_fact, "other", value)
            await numbers.again.wait()
        assert numbers.asked == []
        await put(rows, "one", 2)
        assert await wait


async def test_nothing_new_is_told_after_the_time_that_was_asked_for(
    rows: Rows, waiting: Waiting
) -> None:
    await put(rows, "one", 1)
    assert not await waiting.news("one", 1, 0.01, never)


async def test_a_change_just_before_the_wait_is_not_missed(
    rows: Rows, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody commits after the question was asked and before anybody could be woken."""
    await put(rows, "one", 1)
    waiting = Waiting(rows, rows.changes, Question(numbers.version, numbers.numbers), LIMIT)
    read = rows.read

    async def slowly(*args: Any) -> Any:
        answer: Any = await read(*args)
        monkeypatch.undo()
        await put(rows, "one", 2)
        return answer

    monkeypatch.setattr(rows, "read", slowly)
    assert await waiting.news("one", 1, LONG, never)


async def test_who_went_away_waits_no_more(rows: Rows, waiting: Waiting) -> None:
    await put(rows, "one", 1)
    assert not await waiting.news("one", 1, LONG, at_once)


async def test_beyond_the_limit_nobody_waits(rows: Rows, waiting: Waiting) -> None:
    await put(rows, "one", 1)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(LIMIT):
            assert not waiting.is_full
            await stack.enter_async_context(asleep(waiting, "one"))
        assert waiting.is_full
        assert not await waiting.news("one", 1, LONG, never)
        assert await waiting.news("one", 2, LONG, never)
    assert not waiting.is_full


async def test_closing_ends_all_waits_and_the_next_ones_at_once(
    rows: Rows, waiting: Waiting
) -> None:
    await put(rows, "one", 1)
    async with asleep(waiting, "one") as first, asleep(waiting, "one") as second:
        waiting.close()
        assert [await first, await second] == [False, False]
    assert not await waiting.news("one", 1, LONG, never)


async def test_nothing_is_left_of_a_wait(rows: Rows, waiting: Waiting) -> None:
    await put(rows, "one", 1)
    before = others()
    async with asleep(waiting, "one"):
        assert others() > before
    await waiting.news("one", 1, 0.001, never)
    await waiting.news("one", 1, LONG, at_once)
    await asyncio.sleep(0)
    assert others() == before


async def test_who_waits_hears_of_a_failure_and_the_next_may_wait_again(
    rows: Rows, waiting: Waiting, numbers: Numbers
) -> None:
    await put(rows, "one", 1)
    async with asleep(waiting, "one") as first, asleep(waiting, "one") as second:
        numbers.problem = OSError("as the disk would")
        await put(rows, "two", 1)
        for wait in (first, second):
            with pytest.raises(OSError, match="as the disk would"):
                await wait
    numbers.problem = None
    async with asleep(waiting, "one") as third:
        await put(rows, "one", 2)
        assert await third
