"""Each backend in turn, fresh for every test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from longshore.registry.stores import ByteStore
from longshore.storage import sqlite
from tests.backends import STORES


@pytest.fixture(params=STORES)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], ByteStore]]:
    """The store, as one more process opens it with each call."""
    with STORES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def store(connect: Callable[[], ByteStore]) -> ByteStore:
    return connect()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file of SQLite with the latest schema."""
    file = tmp_path / "longshore.db"
    sqlite.migrate(file)
    return file
