"""One server for all tests of the API, and one with two workers; repositories for one test each.

When a server ends, its log must be free of faults: no test may cause one unseen.
"""

import contextlib
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.pushing import Repository
from tests.api.wire import Wire
from tests.serving import Server

_numbers = itertools.count(1)


@contextlib.contextmanager
def sound(root: Path, *options: str) -> Iterator[Server]:
    """Return a server whose log has no fault at its end."""
    with Server(root, options=options) as server:
        yield server
    for line in server.log.read_text().rstrip("\n").split("\n"):  # not at U+0085 in a path
        event = json.loads(line)  # whatever is not one of our lines is a traceback
        assert event["level"] != "error", line


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with sound(
        tmp_path_factory.mktemp("api") / "data", "--page-limit", "50", "--workers", "1"
    ) as server:
        yield server


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with two processes, of which any may get a connection."""
    with sound(tmp_path_factory.mktemp("workers") / "data", "--workers", "2") as server:
        yield server


@pytest.fixture
def wire(server: Server) -> Wire:
    return Wire(server.port)


@pytest.fixture
def repository(request: pytest.FixtureRequest, wire: Wire) -> Repository:
    return Repository(wire, _name(request))


@pytest.fixture
def shared(request: pytest.FixtureRequest, workers: Server) -> Repository:
    """Return a repository of the server with two workers."""
    return Repository(Wire(workers.port), _name(request))


def _name(request: pytest.FixtureRequest) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return f"api/{words[:80].strip('-')}/{next(_numbers)}"
