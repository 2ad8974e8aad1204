"""A registry with accounts of every kind, and what each of them may ask its management API."""

import base64
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from longshore.client.management import Management, of_application
from longshore.registry import accounts
from longshore.server import local
from longshore.server.config import Settings
from tests.api.conftest import sound
from tests.api.secured import hashed
from tests.api.wire import Reply, Wire
from tests.filled import Filled
from tests.leaks import PLANTED

PASSWORD = f"{PLANTED}-horse battery"
ADMINISTRATOR = {"pattern": "**", "verbs": ["admin"]}
KEEPER = {"pattern": "team/**", "verbs": ["admin"]}

_numbers = itertools.count(1)


class Api:
    """The management API of a server, as several callers see it."""

    def __init__(self, port: int, headers: Mapping[str, Mapping[str, str]]) -> None:
        self.wire = Wire(port)
        self.headers = headers

    def ask(
        self, method: str, path: str, body: object = None, caller: str = "chief", **query: object
    ) -> Reply:
        """One request, from an address of its own: failed logins of one slow no other down."""
        target = f"/api/v1{path}" + (f"?{urlencode(query)}" if query else "")
        number = next(_numbers)
        headers = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250 + 1}"}
        headers |= self.headers[caller]
        if body is None:
            return self.wire.ask(method, target, headers=headers)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.wire.ask(
            method, target, content, {"Content-Type": "application/json", **headers}
        )

    def get(self, path: str, caller: str = "chief", **query: object) -> Any:
        """What is there; it must be."""
        reply = self.ask("GET", path, caller=caller, **query)
        assert reply.status == 200, reply
        return reply.json()


def new_name(stem: str) -> str:
    """A name that no other test has."""
    return f"{stem}-{next(_numbers)}"


def basic(name: str, password: str = PASSWORD) -> dict[str, str]:
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Secrets(NamedTuple):
    administrator: str
    reader: str


def _fill(management: Management) -> Secrets:
    def user(name: str, *grants: object) -> None:
        body = {"name": name, "password": PASSWORD, "grants": grants}
        management.ask("POST", "/users", body)

    def robot(name: str, *grants: object) -> str:
        secret: str = management.ask("POST", "/robots", {"name": name, "grants": grants})["secret"]
        return secret

    user("chief", ADMINISTRATOR)
    user("keeper", KEEPER)
    user("stranger")
    user("disabled", ADMINISTRATOR)
    management.ask("PATCH", "/users/disabled", {"is_enabled": False})
    reading = {"pattern": "team/**", "verbs": ["pull"]}
    return Secrets(robot("engine", ADMINISTRATOR), robot("reader", reading))


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    root: Path = tmp_path_factory.mktemp("management") / "data"
    with local.opened(Settings(root=root), may_make=True) as opened:
        client = of_application(opened.app)
        secrets = _fill(client)
        client.close()
    for name in ("chief", "keeper", "stranger", "disabled"):
        Filled(root).write(accounts.change_password, name, hashed(PASSWORD))
    with sound(root, "--workers", "2", "--trusted-proxies", "127.0.0.1") as server:
        wire = Wire(server.port)
        token = wire.ask("GET", "/token?scope=repository:a:pull", headers=basic("chief")).json()
        headers = {
            "chief": basic("chief"),
            "engine": bearer(secrets.administrator),
            "keeper": basic("keeper"),
            "stranger": basic("stranger"),
            "reader": bearer(secrets.reader),
            "anonymous": {},
            "disabled": basic("disabled"),
            "impostor": basic("chief", "wrong"),
            "token": bearer(token["token"]),
        }
        yield Api(server.port, headers)
