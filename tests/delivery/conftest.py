"""Rows on each backend in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.delivery.ports import Metadata
from tests.backends import HOUR, METADATA, Time
from tests.delivery.yard import Yard


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=METADATA)
def metadata(request: pytest.FixtureRequest, tmp_path: Path, time: Time) -> Iterator[Metadata]:
    with METADATA[request.param](tmp_path, HOUR, time) as opened:
        yield opened


@pytest.fixture
def yard(metadata: Metadata, time: Time) -> Yard:
    return Yard(metadata, time)
