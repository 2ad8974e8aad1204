"""Bytes in memory, beside rows on each backend in turn."""

from pathlib import Path

import pytest

from longshore.registry.stores import ByteStore
from longshore.storage.memory.store import MemoryByteStore
from tests.backends import Time


@pytest.fixture
def store(tmp_path: Path, time: Time) -> ByteStore:
    folder = tmp_path / "bytes"
    folder.mkdir()
    return MemoryByteStore(folder, time)
