"""What is SQLite's alone: durability, several processes on one file, and a batch that fails."""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.errors import StorageFull, TooManyRequests
from longshore.oci.names import RepositoryName
from longshore.registry.ports import Transaction
from longshore.storage import sqlite
from longshore.storage.sqlite import SQLiteMetadata
from tests.backends import HOUR, Time

WRITES = 60


@pytest.fixture
def rows(database: Path) -> Iterator[SQLiteMetadata]:
    with contextlib.closing(SQLiteMetadata(database, HOUR)) as metadata:
        yield metadata


def add(tx: Transaction, name: str) -> None:
    tx.repositories.add(RepositoryName(name))


def count(tx: Transaction) -> int:
    return tx.statistics.measure()["repositories"]


def increment(tx: Transaction) -> None:
    """Not what `add` of statistics does: a lost update would show."""
    tx.statistics.replace({"sum": tx.statistics.totals().get("sum", 0) + 1})


def total(tx: Transaction) -> int:
    return tx.statistics.totals()["sum"]


def pragma(metadata: Metadata, name: str) -> object:
    """A setting of the connection that writes."""

    def ask(tx: Transaction) -> object:
        (value,) = tx.tags._execute(f"PRAGMA {name}").fetchone()  # type: ignore[attr-defined]  # noqa: SLF001
        return value

    return asyncio.run(metadata.write(ask))


def test_a_commit_is_on_the_disk_before_it_is_answered(rows: SQLiteMetadata) -> None:
    full = 2
    assert pragma(rows, "synchronous") == full
    assert pragma(rows, "journal_mode") == "wal"
    assert pragma(rows, "foreign_keys") == 1


async def test_rows_are_there_after_the_file_was_opened_again(database: Path) -> None:
    for number in range(3):
        with contextlib.closing(SQLiteMetadata(database, HOUR)) as metadata:
            await metadata.write(add, f"a{number}")
    with contextlib.closing(SQLiteMetadata(database, HOUR)) as metadata:
        assert await metadata.read(count) == 3


def _increment_many(database: Path) -> None:
    async def run() -> None:
        with contextlib.closing(SQLiteMetadata(database, HOUR)) as metadata:
            for _ in range(WRITES // 10):
                await asyncio.gather(*(metadata.write(increment) for _ in range(10)))

    asyncio.run(run())


async def test_processes_that_write_at_one_time_lose_nothing(database: Path) -> None:
    start = get_context("spawn").Process
    processes = [start(target=_increment_many, args=(database,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    with contextlib.closing(SQLiteMetadata(database, HOUR)) as metadata:
        assert await metadata.read(total) == len(processes) * WRITES


async def test_a_job_that_breaks_a_constraint_harms_no_neighbour(rows: SQLiteMetadata) -> None:
    def insert_orphan(tx: Transaction) -> None:
        add(tx, "orphan")
        tx.tags._execute(  # type: ignore[attr-defined]  # noqa: SLF001
            "INSERT INTO tags (repository_id, name, manifest_id) VALUES (77, 'x', 77)"
        )

    outcomes = await asyncio.gather(
        rows.write(add, "before"),
        rows.write(insert_orphan),
        rows.write(add, "after"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        sqlite3.IntegrityError,
        type(None),
    ]
    assert await rows.read(count) == 2


async def hold_writer(rows: SQLiteMetadata) -> threading.Event:
    """Let what is written next gather in one batch, until the event is set."""
    is_held, go_on = threading.Event(), threading.Event()

    def wait(_: Transaction) -> None:
        is_held.set()
        go_on.wait(60)

    asyncio.ensure_future(rows.write(wait)).add_done_callback(lambda _: None)
    await asyncio.to_thread(is_held.wait)
    return go_on


@pytest.mark.parametrize(
    ("code", "expected"),
    [(sqlite3.SQLITE_FULL, StorageFull), (sqlite3.SQLITE_IOERR, sqlite3.OperationalError)],
)
async def test_a_failing_disk_fails_the_whole_batch_and_not_the_next(
    rows: SQLiteMetadata, code: int, expected: type[Exception]
) -> None:
    def fail(_: Transaction) -> None:
        problem = sqlite3.OperationalError("as the disk would")
        problem.sqlite_errorcode = code
        raise problem

    go_on = await hold_writer(rows)
    batch = [rows.write(add, "before"), rows.write(fail), rows.write(add, "after")]
    waiting = asyncio.gather(*batch, return_exceptions=True)
    await asyncio.sleep(0)
    go_on.set()
    assert {type(outcome) for outcome in await waiting} == {expected}
    assert await rows.read(count) == 0

    await rows.write(add, "later")
    assert await rows.read(count) == 1


async def test_a_full_database_refuses_and_goes_on_when_there_is_room(rows: SQLiteMetadata) -> None:
    def limit(tx: Transaction, pages: int) -> None:
        tx.tags._execute(f"PRAGMA max_page_count = {pages}").fetchone()  # type: ignore[attr-defined]  # noqa: SLF001

    def fill(tx: Transaction) -> None:
        for number in range(2000):
            add(tx, f"repository-with-a-long-name-{number:0200}")

    await rows.write(add, "before")
    await rows.write(limit, 1)
    with pytest.raises(StorageFull):
        await rows.write(fill)
    assert await rows.read(count) == 1
    await rows.write(limit, 100_000)
    await rows.write(fill)
    assert await rows.read(count) == 2001


async def test_a_write_begins_as_soon_as_another_process_has_ended_its_own(
    database: Path, rows: SQLiteMetadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    with contextlib.closing(
        sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    ) as other:

        def sleep(seconds: float) -> None:
            looks.append(seconds)
            if len(looks) == 100:
                other.execute("ROLLBACK")

        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(time, "sleep", sleep)
        await rows.write(add, "later")
    assert looks == [sqlite.LOOK_EVERY] * 100
    assert await rows.read(count) == 1


async def test_who_waited_too_long_for_another_process_may_try_again(
    database: Path, rows: SQLiteMetadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 1)
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TooManyRequests) as refusal:
            await rows.write(add, "meanwhile")
        other.execute("ROLLBACK")
    assert "Retry-After" in refusal.value.headers
    await rows.write(add, "later")
    assert await rows.read(count) == 1


async def test_a_read_sees_one_moment(database: Path) -> None:
    """Another process commits in the middle of it."""
    with (
        contextlib.closing(SQLiteMetadata(database, HOUR)) as reader,
        contextlib.closing(SQLiteMetadata(database, HOUR)) as writer,
    ):

        def look_twice(tx: Transaction) -> tuple[int, int]:
            first = count(tx)
            other = threading.Thread(target=asyncio.run, args=(writer.write(add, "new"),))
            other.start()
            other.join()
            return first, count(tx)

        assert await reader.read(look_twice) == (0, 0)
        assert await reader.read(count) == 1


async def test_the_time_of_a_write_is_that_after_waiting_for_other_processes(
    database: Path,
) -> None:
    def now(tx: Transaction) -> int:
        return tx.now

    time = Time()
    with (
        contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other,
        contextlib.closing(SQLiteMetadata(database, HOUR, time)) as rows,
    ):
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(rows.write(now))
        await asyncio.sleep(0.05)
        time.advance(5)
        other.execute("ROLLBACK")
        assert await waiting == time.now


async def test_a_transaction_that_ended_by_itself_fails_the_batch_and_not_the_next(
    rows: SQLiteMetadata,
) -> None:
    """As SQLite ends it after some errors of the disk."""

    def end(tx: Transaction) -> None:
        add(tx, "lost")
        tx.tags._execute("ROLLBACK")  # type: ignore[attr-defined]  # noqa: SLF001

    with pytest.raises(sqlite3.OperationalError):
        await rows.write(end)
    await rows.write(add, "later")
    assert await rows.read(count) == 1


async def test_closing_finishes_the_writes_that_wait(database: Path) -> None:
    metadata = SQLiteMetadata(database, HOUR)
    go_on = await hold_writer(metadata)
    writes = [asyncio.ensure_future(metadata.write(add, f"a{number}")) for number in range(5)]
    await asyncio.sleep(0)
    go_on.set()
    metadata.close()
    await asyncio.gather(*writes)
    with contextlib.closing(SQLiteMetadata(database, HOUR)) as again:
        assert await again.read(count) == 5
