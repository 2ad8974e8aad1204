"""What every test may use: the event loop that the server runs on, and no other; and rows.

And how a run is shared out: the tests of a module stay together, as they share servers, and so do
those of an engine. Tests wait more than they work: there are two workers to a processor, and what
takes longest begins first. What a test measures, it says by `record_property`, and a run's end
tells.
"""

import gc
import os
import re
import signal
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from longshore.delivery.ports import Metadata
from tests.backends import HOUR, METADATA, Time
from tests.depth import IS_CI, SEED, part

# A test that says how many examples it takes has them.
settings.register_profile("depth", settings(), max_examples=part(settings().max_examples))
settings.load_profile("depth")


def pytest_configure() -> None:
    """Let programs hear Ctrl-C, though a shell may have what it runs ignore it; choose a seed."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not IS_CI:
        os.environ["SEED"] = str(SEED)  # for the workers: all are to try the same


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage in what is imported and collected: all of it stays until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_xdist_auto_num_workers() -> int:
    return 2 * len(os.sched_getaffinity(0))


def pytest_report_header() -> str:
    return "cases: " + ("all" if IS_CI else f"those of SEED={SEED}, and all with CI=true")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Outside CI, what is there for both engines runs on either, now on this one, now on that."""
    spared = set() if IS_CI else _spared([item.nodeid for item in items])
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in spared])
    items[:] = [item for item in items if item.nodeid not in spared]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.nodeid))


def _spared(nodeids: Sequence[str]) -> set[str]:
    """Of each two tests that are one on both engines, one, by the seed of the run."""
    there = set(nodeids)
    pairs = [(one, re.sub(r"\bengine_20\b", "engine_current", one)) for one in nodeids]
    return {
        Random(f"{SEED} {pair}").choice(pair)
        for pair in pairs
        if pair[0] != pair[1] and pair[1] in there
    }


FIRST = ("engine_20", "engine_current", "docs", "crash", "fuzz", "clients", "server", "api", "cli")


def _turn(nodeid: str) -> int:
    place = _place(nodeid)
    return next((n for n, word in enumerate(FIRST) if word in place.split("/")), len(FIRST))


def _place(nodeid: str) -> str:
    """What stays together with the test: all of its engine's, all pages, or its module."""
    if engine := re.search(r"\[.*\b(engine_\w+)", nodeid):
        return engine[1]
    module = nodeid.partition("::")[0]
    return "tests/docs" if module.startswith("tests/docs/") else module


class Places(LoadScopeScheduling):  # type: ignore[misc]
    """Shares out what stays together, in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        return _place(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Places | None:
    return Places(config, log) if config.getoption("dist") == "loadscope" else None


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
