"""The server under test, the engines, and a home of their own for the other programs.

Everything here lives as long as the test run; a test keeps apart by its repository's name.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from longshore.delivery.rollouts import execution
from tests.clients.accounts import Secured, secured_server
from tests.clients.composing import ComposeHost, brought_up
from tests.clients.content import Descriptor, Layout
from tests.clients.engines import Engine, bridge_network, current_engine, debian_engine
from tests.clients.remote import Repository
from tests.clients.rolling import RUNNING, Host, host
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
def http(registry: Server) -> Iterator[httpx.Client]:
    """Return a view of the same server without a client in between."""
    with httpx.Client(base_url=f"{registry.url}/v2/", timeout=60) as view:
        yield view


@pytest.fixture
def word(request: pytest.FixtureRequest) -> str:
    """Return a component of a repository's name that no other test uses."""
    return re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")


@pytest.fixture
def repository(word: str, http: httpx.Client) -> Repository:
    """Return a repository that no other test uses."""
    return Repository(http, f"clients/{word}")


@pytest.fixture
def image(repository: Repository) -> str:
    """Return the repository's name as clients write it, with the host in front."""
    return repository.image


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return an empty OCI layout."""
    return Layout(tmp_path / "layout")


@pytest.fixture
def index(layout: Layout) -> Descriptor:
    """Return an index of two platforms in the layout, under the tag `multi`."""
    children = [
        layout.image({"message": name.encode()}, architecture=name) for name in ("amd64", "arm64")
    ]
    described = layout.index(children)
    layout.tag("multi", described)
    return described


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment in which no program finds the settings or logins of the user."""
    return _home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def own_home(tmp_path: Path) -> dict[str, str]:
    """Return one for a single test, which may log in and out."""
    folder = tmp_path / "home"
    folder.mkdir()
    return _home(folder)


def _home(folder: Path) -> dict[str, str]:
    auth = folder / "auth.json"
    auth.write_text("{}")
    return {
        "HOME": str(folder),
        "XDG_CACHE_HOME": f"{folder}/cache",
        "XDG_CONFIG_HOME": f"{folder}/config",
        "XDG_DATA_HOME": f"{folder}/share",
        "XDG_RUNTIME_DIR": f"{folder}/run",
        "DOCKER_CONFIG": f"{folder}/docker",
        "REGCTL_CONFIG": f"{folder}/regctl.json",
        "REGISTRY_AUTH_FILE": str(auth),
    }


@pytest.fixture(scope="session")
def bridge() -> Iterator[tuple[str, str]]:
    with bridge_network() as named:
        yield named


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Return a server with accounts. Wrong passwords are for `strict`: who fails often waits."""
    with secured_server(tmp_path_factory.mktemp("secured") / "data") as server:
        yield server


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Secured]:
    """Return a server with accounts that nobody else talks to."""
    with secured_server(tmp_path / "strict") as server:
        yield server


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


@pytest.fixture
def there(engine: Engine, repository: Repository, tmp_path: Path) -> Iterator[Host]:
    """Return a host of services, with each engine in turn."""
    with host(engine, repository, tmp_path) as opened:
        yield opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at one that others had made, when it is back, no longer than at the tests' own."""
    monkeypatch.setattr(execution, "Health", lambda: RUNNING)


@pytest.fixture
def composed(there: Host, tmp_path: Path) -> Iterator[ComposeHost]:
    """Return a Compose project, brought up as its user had it before, with data."""
    with brought_up(there, tmp_path / "project") as opened:
        yield opened
