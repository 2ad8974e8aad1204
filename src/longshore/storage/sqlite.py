"""Rows in one SQLite file, shared by the processes of one machine. Implements `ports.Metadata`.

Decides when a transaction begins and what makes it durable: WAL with synchronous=FULL. A read
runs where it is asked for, since a keyed read costs less than a change of threads. Writes queue
up for one thread, which commits what has gathered in one transaction, a savepoint each: pushes
at one time share an fsync.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from longshore.delivery.ports import Metadata, Transaction
from longshore.oci.errors import StorageFull, TooManyRequests
from longshore.registry.directory import SYSTEM, Actor
from longshore.storage.changes import SQLiteChanges
from longshore.storage.sql.clock import Clock, wall_clock
from longshore.storage.sql.migrations import (
    MIGRATIONS,
    VERSION,
    DatabaseTooNew,
    DatabaseTooOld,
)
from longshore.storage.sql.transaction import SQLTransaction

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 64  # writes in one transaction, so that the first does not wait for an endless queue
BUSY_TIMEOUT = 30_000  # ms to wait for another process's write
LOOK_EVERY = 0.0005  # seconds between two looks whether that has ended
CACHE = 16 * 1024  # KiB of pages, for each connection

_DIALECT = {
    "id": "INTEGER PRIMARY KEY",
    "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "text": "TEXT",
    "bytes": "BLOB",
}


class _Job(NamedTuple):
    work: Callable[[Transaction], Any]
    actor: Actor
    loop: asyncio.AbstractEventLoop
    reply: asyncio.Future[Any]


_Outcome = tuple[_Job, Any, BaseException | None]


class SQLiteMetadata:
    """Periods in milliseconds. Made once for each process; `close` it at the end."""

    def __init__(
        self, path: Path, grace: int, clock: Clock = wall_clock, *, window: int = 0
    ) -> None:
        self._path = path
        self._grace = grace
        self._window = window
        self._clock = clock
        self._reader = _connect(path)
        self._reader.execute("PRAGMA query_only = ON")
        self._snapshot = SQLTransaction(self._reader, grace, window)
        self.changes = SQLiteChanges(self._reader)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="sqlite-writer", daemon=True)
        self._writer.start()

    async def read(
        self, rule: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self.read_for(SYSTEM, lambda tx: rule(tx, *args, **kwargs))

    def read_for(self, actor: Actor, work: Callable[[Transaction], T]) -> T:
        """Run one piece of work on the rows as they are now, for this actor."""
        execute = self._reader.execute
        execute("BEGIN")
        try:
            return work(self._snapshot.at(self._clock()).by(actor))
        finally:
            execute("COMMIT")

    async def write(
        self, rule: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.write_for(SYSTEM, lambda tx: rule(tx, *args, **kwargs))

    async def write_for(self, actor: Actor, work: Callable[[Transaction], T]) -> T:
        """Run one piece of work in a transaction whose actor this is."""
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, actor, loop, reply))
        return await reply

    def by(self, actor: Actor) -> Metadata:
        return _Acting(self, actor)

    def close(self) -> None:
        """Finish the writes that wait, then let go of the file."""
        self._jobs.put(None)
        self._writer.join()
        self._reader.close()

    def _write_all(self) -> None:
        connection = _connect(self._path)
        connection.execute("PRAGMA busy_timeout = 0")  # `_begin` waits
        tx = SQLTransaction(connection, self._grace, self._window)
        with contextlib.closing(connection):
            while (job := self._jobs.get()) is not None:
                batch = [job, *self._waiting()]
                _deliver(_commit(connection, tx, self._clock, batch))
                self.changes.nudge()

    def _waiting(self) -> Iterator[_Job]:
        for _ in range(BATCH - 1):
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is None:
                self._jobs.put(None)  # for the loop that ends by it
                return
            yield job


class _Acting:
    """The same database, changed for somebody."""

    __slots__ = ("_actor", "_metadata")

    def __init__(self, metadata: SQLiteMetadata, actor: Actor) -> None:
        self._metadata = metadata
        self._actor = actor

    async def read(
        self, rule: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self._metadata.read_for(self._actor, lambda tx: rule(tx, *args, **kwargs))

    async def write(
        self, rule: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._metadata.write_for(self._actor, lambda tx: rule(tx, *args, **kwargs))

    def by(self, actor: Actor) -> Metadata:
        return _Acting(self._metadata, actor)


def migrate(path: Path) -> None:
    """Bring the database to this release's schema, or make it; raises DatabaseTooNew.

    One transaction: a database is of one version or the next, never between.
    """
    with contextlib.closing(_connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection, path)
        for step in MIGRATIONS[version:]:
            for statement in step:
                if isinstance(statement, str):
                    connection.execute(statement.format_map(_DIALECT))
                else:
                    statement(connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")


def check(path: Path) -> None:
    """Raises OtherSchema unless the database, which exists, is of this release's schema."""
    with contextlib.closing(_connect(path)) as connection:
        version = _version(connection, path)
    if version < VERSION:
        raise DatabaseTooOld(
            f"{path} has schema {version}, and this release needs {VERSION}:"
            " `longshore serve` of this release brings it there"
        )


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema that the database has; raises DatabaseTooNew."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise DatabaseTooNew(
            f"{path} has schema {version}, and this release knows {VERSION}:"
            " start the release that wrote it, or a later one"
        )
    return version


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT / 1000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{CACHE}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _commit(
    connection: sqlite3.Connection, tx: SQLTransaction, clock: Clock, batch: list[_Job]
) -> list[_Outcome]:
    """Run the jobs in one transaction. One that raises undoes itself and no other."""
    try:
        _begin(connection)
        tx.at(clock())  # only now: this may have waited, and a grace counts from the commit
        outcomes = [(job, *_attempt(connection, tx, job)) for job in batch]
        connection.execute("COMMIT")
    except sqlite3.Error as problem:
        with contextlib.suppress(sqlite3.Error):  # ended by itself; if not, the next one fails
            connection.execute("ROLLBACK")
        return [(job, None, _meaning(problem)) for job in batch]
    return outcomes


def _begin(connection: sqlite3.Connection) -> None:
    """Begin to write as soon as no other process does; raises SQLITE_BUSY after the timeout.

    SQLite's own waiting sleeps for 1, 2, 5, 10 ms and more between two looks, while the other's
    transaction takes 2: a database that two processes write to would be idle half the time.
    """
    give_up = time.monotonic() + BUSY_TIMEOUT / 1000
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as problem:
            if _code(problem) != sqlite3.SQLITE_BUSY or time.monotonic() >= give_up:
                raise
            time.sleep(LOOK_EVERY)
        else:
            return


def _attempt(
    connection: sqlite3.Connection, tx: SQLTransaction, job: _Job
) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT job")
    try:
        result = job.work(tx.by(job.actor))
    except sqlite3.OperationalError:
        raise  # of the database, not of this job: the whole batch fails
    except Exception as problem:  # noqa: BLE001  carried to the one who asked
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return None, problem
    connection.execute("RELEASE job")
    return result, None


def _meaning(problem: sqlite3.Error) -> Exception:
    """What it is to whoever asked; the database itself is sound after either."""
    if _code(problem) == sqlite3.SQLITE_FULL:
        return StorageFull()
    if _code(problem) == sqlite3.SQLITE_BUSY:
        return TooManyRequests("the database is busy", headers={"Retry-After": "1"})
    return problem


def _code(problem: sqlite3.Error) -> int:
    """The primary result code, 0 if there is none (sqlite.org/rescode.html)."""
    return getattr(problem, "sqlite_errorcode", 0) & 0xFF


def _deliver(outcomes: list[_Outcome]) -> None:
    """Answer those who wait, with one wake-up for each event loop among them."""
    loops = {job.loop for job, _, _ in outcomes}
    for loop in loops:
        mine = [outcome for outcome in outcomes if outcome[0].loop is loop]
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits
            loop.call_soon_threadsafe(_resolve, mine)


def _resolve(outcomes: list[_Outcome]) -> None:
    for job, result, problem in outcomes:
        if job.reply.done():  # whoever asked went away
            continue
        if problem is None:
            job.reply.set_result(result)
        else:
            job.reply.set_exception(problem)
