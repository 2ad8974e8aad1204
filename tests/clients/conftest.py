"""The server under test, the engines, and a home of their own for the other programs.

Everything here lives as long as the test run; a test keeps apart by its repository's name.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.content import Layout
from tests.clients.engines import Engine, current_engine, debian_engine
from tests.clients.remote import Remote
from tests.serving import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the server that the clients talk to."""
    with Server(tmp_path_factory.mktemp("registry") / "data") as server:
        yield server


@pytest.fixture(scope="session")
def remote(registry: Server) -> Iterator[Remote]:
    """Return the view of the same server without a client in between."""
    view = Remote(registry.url)
    yield view
    view.close()


@pytest.fixture
def repository(request: pytest.FixtureRequest) -> str:
    """Return the name of a repository that no other test uses."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return f"clients/{words}"


@pytest.fixture
def image(registry: Server, repository: str) -> str:
    """Return the repository's name as clients write it, with the host in front."""
    return f"{registry.host}/{repository}"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return an empty OCI layout."""
    return Layout(tmp_path / "layout")


@pytest.fixture(scope="session")
def engine_20() -> Iterator[Engine]:
    with debian_engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def engine_current() -> Iterator[Engine]:
    with current_engine() as engine:
        yield engine


@pytest.fixture(params=["engine_20", "engine_current"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return each engine in turn."""
    running: Engine = request.getfixturevalue(request.param)
    return running
