"""What every test may use: the event loop that the server runs on, and no other; and rows.

And how a run is shared out: the tests of a module stay together, as they share servers, and so do
those of an engine. Tests wait more than they work: there are two workers to a processor, and what
takes longest begins first. What a test measures, it says by `record_property`, and a run's end
tells.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

from longshore.delivery.ports import Metadata
from tests.backends import HOUR, METADATA, Time


def pytest_configure() -> None:
    """Let programs hear Ctrl-C, though the tests run where a shell has what it runs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


LONGEST = ("clients", "docs", "crash", "fuzz", "server", "api", "cli", "client")  # of the folders


@pytest.hookimpl(trylast=True)  # after the groups have been marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, int]:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    place = LONGEST.index(folder) if folder in LONGEST else len(LONGEST)
    return item.get_closest_marker("xdist_group") is None, place


def pytest_xdist_auto_num_workers() -> int:
    return 2 * len(os.sched_getaffinity(0))


class Modules(LoadGroupScheduling):  # type: ignore[misc]
    """Groups as they are marked, and otherwise the modules."""

    def _split_scope(self, nodeid: str) -> str:
        group: str = super()._split_scope(nodeid)
        return nodeid.partition("::")[0] if group == nodeid else group


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Modules | None:
    return Modules(config, log) if config.getoption("dist") == "loadgroup" else None


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
