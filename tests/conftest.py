"""What every test may use: the event loop that the server runs on, and no other; and rows.

What a test measures, it says by `record_property`, and the end of a run tells.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.delivery.ports import Metadata
from tests.backends import HOUR, METADATA, Time


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    measured = [
        f"{report.nodeid}: {name} {value}"
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
    ]
    if measured:
        terminalreporter.section("measured")
    for line in measured:
        terminalreporter.write_line(line)
