"""A server with environments, and agents that ask it what to run, each on a connection."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

from longshore.delivery.environments import applying, deploying, operating
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.operating import Wish
from longshore.delivery.rollouts.services import Service
from tests.api.conftest import sound
from tests.api.pushing import Repository
from tests.api.secured import BEHIND_A_PROXY, Asked, Secured
from tests.api.wire import LOOK, Connection, head

IMAGE = "team/app"
LONG = 60  # seconds
BASE = "/api/v1/environments"
PATIENCE = 30.0  # seconds


@contextlib.contextmanager
def running(root: Path, *options: str) -> Iterator[Secured]:
    """A server with the environment `staging`, which runs the tag `v1` of its image."""
    with sound(root, *BEHIND_A_PROXY, *options) as server:
        secured = Secured(server)
        Repository(secured.wire, IMAGE).push_image("v1")
        secured.write(applying.apply, [environment("staging"), environment("other")])
        deploy(secured, "v1")
        yield secured


def environment(name: str) -> Environment:
    return Environment(name, (Service("web", IMAGE),))


def deploy(secured: Secured, tag: str) -> None:
    secured.write(operating.deploy, "staging", Wish(reference=tag))


def advance(secured: Secured, name: str) -> None:
    """Something changes that agents have to know."""
    secured.write(deploying.advance, name)


def asking(environment: str = "staging", /, **query: object) -> Asked:
    return Asked("GET", f"{BASE}/{environment}/desired?{urlencode({'host': 'web', **query})}")


def posting(path: str, body: object) -> Asked:
    return Asked("POST", f"{BASE}/{path}", json.dumps(body).encode(), "application/json")


def known(secured: Secured, environment: str = "staging", header: str | None = None) -> int:
    """The generation that an agent knows from now on."""
    generation: int = secured.ask(asking(environment), header).json()["generation"]
    return generation


def begin(secured: Secured, asked: Asked, header: str = "") -> Connection:
    """Ask, and do not wait for the reply."""
    connection = secured.wire.connect()
    headers = {"Authorization": header} if header else {}
    connection.write(head(asked.method, asked.target, headers))
    return connection


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(LOOK)
