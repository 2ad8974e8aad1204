"""The way from one schema to the next: in one transaction, once, and never from a later release."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredBlob
from longshore.storage import sqlite
from longshore.storage.sql.migrations import MIGRATIONS, VERSION, DatabaseTooNew
from longshore.storage.sqlite import SQLiteMetadata
from tests.backends import HOUR
from tests.content import image, index

A = RepositoryName("a")
CONFIG = StoredBlob(Digest.of(b"config"), 6, "key")
CHILD = image(CONFIG.digest)
PARENT = index(CHILD.digest)


def schema(file: Path) -> set[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
        return set(found.fetchall())


def version(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        return int(found)


def test_migrating_again_changes_nothing(database: Path) -> None:
    before = schema(database)
    sqlite.migrate(database)
    assert schema(database) == before
    assert version(database) == VERSION


def test_a_database_of_a_later_release_is_refused_untouched(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = schema(database)
    with pytest.raises(DatabaseTooNew, match=str(VERSION + 1)):
        sqlite.migrate(database)
    assert schema(database) == before
    assert version(database) == VERSION + 1


def test_a_step_that_fails_leaves_the_database_as_it_was(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = schema(database)
    broken = ("CREATE TABLE one_more (id {id})", "CREATE TABLE repositories (id {id})")
    monkeypatch.setattr(sqlite, "MIGRATIONS", (*MIGRATIONS, broken))
    monkeypatch.setattr(sqlite, "VERSION", VERSION + 1)
    with pytest.raises(sqlite3.OperationalError, match="repositories"):
        sqlite.migrate(database)
    assert schema(database) == before
    assert version(database) == VERSION


def fill_first_schema(file: Path) -> None:
    """A tagged index of one image, as the first release recorded it: without mentions."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        insert(connection, "repositories", 1, A)
        insert(connection, "blobs", 1, *CONFIG)
        insert(connection, "links", 1, 1, 1, None)
        for number, (digest, pushed) in enumerate((CHILD, PARENT), 1):
            body = (None, pushed.media_type, None, None, b"{}", len(pushed.content), pushed.content)
            insert(connection, "manifests", number, 1, digest, *body)
        insert(connection, "manifest_blobs", 1, 1)
        insert(connection, "manifest_edges", 1, 2, 1)
        for tag in ("latest", "1.9.0", "1.10.0"):
            insert(connection, "tags", 1, tag, 2)
        connection.commit()


def insert(connection: sqlite3.Connection, table: str, *values: object) -> None:
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608


def test_content_of_the_first_schema_is_as_reachable_in_the_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(tx: Transaction) -> None:
        assert tx.manifests.parent(A, CHILD.digest) == PARENT.digest
        assert tx.garbage.unreachable(A, CHILD.digest) == []
        assert tx.blobs.user(A, CONFIG.digest) == CHILD.digest
        assert tx.blobs.user(A, CHILD.digest) == PARENT.digest
        found = tx.manifests.by_tag(A, Tag("latest"))
        assert found is not None
        assert found.content == PARENT.manifest.content
        assert list(tx.tags.numbered(A)) == ["1.10.0", "1.9.0"]

    file = tmp_path / "old.db"
    with monkeypatch.context() as old:
        old.setattr(sqlite, "MIGRATIONS", MIGRATIONS[:1])
        old.setattr(sqlite, "VERSION", 1)
        sqlite.migrate(file)
    fill_first_schema(file)
    sqlite.migrate(file)
    assert version(file) == VERSION
    with contextlib.closing(SQLiteMetadata(file, HOUR)) as metadata:
        asyncio.run(metadata.read(check))
