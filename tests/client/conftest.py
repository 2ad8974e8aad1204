"""Registries for the client: real ones for all tests of a kind, faulty ones for one test each."""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from longshore.client.patience import Patience
from longshore.client.session import Session
from tests.client import registries
from tests.client.everything import Everything, Views, views
from tests.client.faulty import Faulty, serving
from tests.clients.content import Layout

QUICK = Patience(attempts=3, first=0.0)

_numbers = itertools.count(1)


def _running(name: str, factory: pytest.TempPathFactory) -> Iterator[str]:
    with registries.running(name, factory.mktemp(name)) as host:
        yield host


@pytest.fixture(scope="session")
def longshore_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from _running("longshore", tmp_path_factory)


@pytest.fixture(scope="session")
def registry_2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from _running("registry-2.8", tmp_path_factory)


@pytest.fixture(scope="session")
def registry_3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from _running("registry-3.1", tmp_path_factory)


HOSTS = ["longshore_host", "registry_2", "registry_3"]


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> str:
    """Return the host of each registry in turn."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of a repository that no other test uses."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return f"client/{words[:60].strip('-')}/{next(_numbers)}"


@pytest.fixture
def session() -> Iterator[Session]:
    """Return a session of somebody who has no logins and no patience."""
    with Session({"HOME": "/nonexistent"}, patience=QUICK) as session:
        yield session


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    with serving(Faulty()) as registry:
        yield registry


@pytest.fixture
def other() -> Iterator[Faulty]:
    """Return another registry, on another port."""
    with serving(Faulty()) as registry:
        yield registry


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "layout")


@pytest.fixture
def everything(layout: Layout) -> Everything:
    return Everything(layout)


@pytest.fixture
def view() -> Iterator[Views]:
    with views() as opened:
        yield opened


@pytest.fixture
def sessions() -> Iterator[Callable[..., Session]]:
    """Return what opens sessions with an environment; all are closed at the end."""
    opened: list[Session] = []

    def open_session(environ: dict[str, str] | None = None) -> Session:
        opened.append(Session(environ or {"HOME": "/nonexistent"}, patience=QUICK))
        return opened[-1]

    yield open_session
    for session in opened:
        session.__exit__(None, None, None)
