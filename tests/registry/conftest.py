"""Rows on each backend in turn, and bytes in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.delivery.ports import Metadata
from longshore.registry.stores import ByteStore
from longshore.storage.memory.store import MemoryByteStore
from tests.backends import HOUR, METADATA, Time


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=METADATA)
def metadata(request: pytest.FixtureRequest, tmp_path: Path, time: Time) -> Iterator[Metadata]:
    with METADATA[request.param](tmp_path, HOUR, time) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path, time: Time) -> ByteStore:
    folder = tmp_path / "bytes"
    folder.mkdir()
    return MemoryByteStore(folder, time)
