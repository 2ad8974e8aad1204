"""What every test may use: the event loop that the server runs on, and no other; and rows."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.delivery.ports import Metadata
from tests.backends import HOUR, METADATA, Time


def pytest_configure() -> None:
    """Let programs hear Ctrl-C, though the tests run where a shell has what it runs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio; Longshore has no other loop."""
    return "asyncio"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=METADATA)
def metadata(request: pytest.FixtureRequest, tmp_path: Path, time: Time) -> Iterator[Metadata]:
    """Rows on each backend in turn, fresh for every test."""
    with METADATA[request.param](tmp_path, HOUR, time) as opened:
        yield opened
