"""The contract of `changes.Changes`, on every backend; and what is SQLite's alone."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore.registry.changes import Changes
from longshore.registry.ports import Transaction
from longshore.storage import changes as polling
from longshore.storage.memory.metadata import MemoryMetadata
from longshore.storage.sqlite import SQLiteMetadata
from tests.backends import HOUR, METADATA, Time

Rows = MemoryMetadata | SQLiteMetadata


@pytest.fixture(params=METADATA)
def rows(request: pytest.FixtureRequest, tmp_path: Path, time: Time) -> Iterator[Rows]:
    with METADATA[request.param](tmp_path, HOUR, time) as opened:
        assert isinstance(opened, Rows)
        yield opened


@pytest.fixture
def shared(database: Path) -> Iterator[SQLiteMetadata]:
    with contextlib.closing(SQLiteMetadata(database, HOUR)) as metadata:
        yield metadata


def put(tx: Transaction, value: str = "new") -> None:
    tx.facts.put("name", value)


@contextlib.asynccontextmanager
async def waiting(changes: Changes, mark: int) -> AsyncIterator[asyncio.Future[int]]:
    """Somebody who waits, and has begun to."""
    wait = asyncio.ensure_future(changes.after(mark))
    await asyncio.sleep(0)
    assert not wait.done()
    try:
        yield wait
    finally:
        wait.cancel()
        await asyncio.gather(wait, return_exceptions=True)


async def test_a_commit_ends_every_wait(rows: Rows) -> None:
    mark = rows.changes.mark()
    async with waiting(rows.changes, mark) as one, waiting(rows.changes, mark) as other:
        await rows.write(put)
        assert await one != mark
        assert await one == await other == rows.changes.mark()


async def test_a_commit_between_the_mark_and_the_wait_is_not_missed(rows: Rows) -> None:
    mark = rows.changes.mark()
    await rows.write(put)
    assert await rows.changes.after(mark) == rows.changes.mark()


async def test_each_commit_after_another_is_seen(rows: Rows) -> None:
    mark = rows.changes.mark()
    for number in range(3):
        async with waiting(rows.changes, mark) as wait:
            await rows.write(put, str(number))
            mark = await wait


async def test_a_read_ends_no_wait(rows: Rows) -> None:
    mark = rows.changes.mark()
    await rows.read(lambda tx: tx.facts.get("name"))
    assert rows.changes.mark() == mark


async def test_who_gives_up_takes_nobody_else_along(rows: Rows) -> None:
    mark = rows.changes.mark()
    async with waiting(rows.changes, mark) as wait:
        async with waiting(rows.changes, mark):
            pass
        await rows.write(put)
        assert await wait == rows.changes.mark()


async def test_a_commit_of_another_process_ends_a_wait(
    database: Path, shared: SQLiteMetadata
) -> None:
    def commit() -> None:
        with contextlib.closing(sqlite3.connect(database)) as other, other:
            other.execute("INSERT INTO facts (name, value) VALUES ('name', 'new')")

    mark = shared.changes.mark()
    async with waiting(shared.changes, mark) as wait:
        await asyncio.to_thread(commit)
        assert await wait == shared.changes.mark()
    assert await shared.read(lambda tx: tx.facts.get("name")) == "new"


async def test_its_own_commit_is_seen_without_waiting_for_the_next_look(
    shared: SQLiteMetadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "LOOK_EVERY", 3600.0)
    async with waiting(shared.changes, shared.changes.mark()) as wait:
        await shared.write(put)
        await wait


async def test_nobody_looks_while_nobody_waits(
    shared: SQLiteMetadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []
    loop = asyncio.get_running_loop()
    call_later = loop.call_later

    def note(delay: float, callback: Any, *args: Any, **kwargs: Any) -> asyncio.TimerHandle:
        timer = call_later(delay, callback, *args, **kwargs)
        looks.append(timer)
        return timer

    monkeypatch.setattr(loop, "call_later", note)
    mark = shared.changes.mark()
    await shared.write(put)
    assert looks == []
    async with waiting(shared.changes, shared.changes.mark()):
        [timer] = looks
    assert isinstance(timer, asyncio.TimerHandle)
    assert timer.cancelled()
    await shared.write(put, "newer")
    assert await shared.changes.after(mark) == shared.changes.mark()
    assert looks == [timer]


async def test_a_database_that_can_not_be_asked_ends_every_wait(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "LOOK_EVERY", 0.001)
    connection = sqlite3.connect(database, isolation_level=None)
    changes = polling.SQLiteChanges(connection)
    async with waiting(changes, changes.mark()) as wait:
        connection.close()
        with pytest.raises(sqlite3.ProgrammingError):
            await wait


async def test_a_loop_that_was_closed_holds_up_no_writer(database: Path) -> None:
    with contextlib.closing(SQLiteMetadata(database, HOUR)) as metadata:

        async def give_up() -> None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(metadata.changes.after(metadata.changes.mark()), 0.01)

        thread = threading.Thread(target=asyncio.run, args=(give_up(),))
        thread.start()
        await asyncio.to_thread(thread.join)
        await metadata.write(put)
        assert await metadata.read(lambda tx: tx.facts.get("name")) == "new"
