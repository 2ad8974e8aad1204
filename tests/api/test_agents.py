"""Agents at a server: told at once what changes, in every worker; and nothing is left of a wait."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from longshore.delivery import applying, deploying, operating
from longshore.delivery.environments import Environment
from longshore.delivery.operating import Wish
from longshore.delivery.services import Service
from longshore.registry import accounts
from longshore.registry.secrets import Kind, is_wellformed, new
from tests.api.conftest import sound
from tests.api.pushing import Repository
from tests.api.secured import BEHIND_A_PROXY, Asked, Secured, basic, bearer
from tests.api.wire import Connection, Reply, head

IMAGE = "team/app"
WORKERS = 2
WAITING = 8
LONG = 60  # seconds
BASE = "/api/v1/environments"


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


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A registry without accounts."""
    root = tmp_path_factory.mktemp("agents") / "data"
    with running(root, "--workers", str(WORKERS)) as secured:
        yield secured


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Secured]:
    with running(tmp_path / "data", "--workers", "1") as secured:
        secured.add_user("chief", "**:admin")
        yield secured


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


def test_an_agent_is_told_what_to_run(opened: Secured) -> None:
    reply = opened.ask(asking())
    assert (reply.status, reply.header("Cache-Control")) == (200, "no-store")
    [wanted] = reply.json()["services"]
    assert (wanted["service"]["name"], wanted["service"]["image"]) == ("web", IMAGE)
    tag = Asked("HEAD", f"/v2/{IMAGE}/manifests/v1")
    assert wanted["digest"] == opened.ask(tag).header("Docker-Content-Digest")
    assert wanted["name"] == "v1"


def test_who_knows_something_else_is_told_at_once(opened: Secured) -> None:
    generation = known(opened)
    for other in (generation - 1, generation + 1):
        reply = opened.ask(asking(generation=other, wait=LONG))
        assert (reply.status, reply.json()["generation"]) == (200, generation)


@pytest.mark.parametrize("query", [{}, {"wait": 0}, {"wait": 0.05}], ids=str)
def test_nothing_new_is_told_in_time(query: dict[str, object], opened: Secured) -> None:
    reply = opened.ask(asking(generation=known(opened), **query))
    assert (reply.status, reply.content, reply.get("Retry-After")) == (204, b"", None)


@pytest.mark.parametrize(
    "query",
    [{"wait": 61}, {"wait": -1}, {"generation": "x"}, {"host": "No Host"}, {"more": 1}],
    ids=str,
)
def test_what_makes_no_sense_is_refused(query: dict[str, object], opened: Secured) -> None:
    assert opened.ask(asking(**query)).codes == ["INVALID"]


def test_an_environment_that_is_not_there_has_nothing_to_run(opened: Secured) -> None:
    assert opened.ask(asking("nowhere", generation=1, wait=LONG)).codes == ["UNKNOWN"]


def test_every_worker_tells_at_once_what_another_process_changed(opened: Secured) -> None:
    generation = known(opened)
    with contextlib.ExitStack() as stack:
        asked = asking(generation=generation, wait=LONG)
        waiting = [stack.enter_context(begin(opened, asked)) for _ in range(WAITING)]
        others = stack.enter_context(
            begin(opened, asking("other", generation=known(opened, "other"), wait=LONG))
        )
        assert not waiting[0].has_something(0.3)
        advance(opened, "staging")
        replies = [connection.read() for connection in waiting]
        assert {reply.status for reply in replies} == {200}
        assert {reply.json()["generation"] for reply in replies} == {generation + 1}
        assert not others.has_something(0.3), "that is no news of another environment"


def test_an_environment_that_is_removed_ends_the_waits(opened: Secured) -> None:
    opened.write(applying.apply, [environment("passing")])
    with begin(
        opened, asking("passing", generation=known(opened, "passing"), wait=LONG)
    ) as waiting:
        assert not waiting.has_something(0.3)
        opened.write(applying.remove, "passing")
        assert waiting.read().codes == ["UNKNOWN"]


def test_beyond_the_limit_who_asks_is_told_to_come_again(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--workers", "1", "--waiting-limit", "1") as secured:
        generation = known(secured)
        asked = asking(generation=generation, wait=LONG)
        with begin(secured, asked) as waiting:
            assert not waiting.has_something(0.3)
            reply = secured.ask(asked)
            assert (reply.status, reply.header("Retry-After")) == (204, "5")
            assert secured.ask(asking(generation=generation - 1, wait=LONG)).status == 200
        # Who went away makes room for others.
        until(
            lambda: secured.ask(asking(generation=generation, wait=0.1)).get("Retry-After") is None
        )


def until(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline


def test_who_goes_away_leaves_nothing_behind(tmp_path: Path) -> None:
    """More come and go than may wait at one time."""
    with running(tmp_path / "data", "--workers", "1", "--waiting-limit", "4") as secured:
        generation = known(secured)
        for _ in range(12):
            with begin(secured, asking(generation=generation, wait=LONG)) as waiting:
                waiting.has_something(0.02)
        until(
            lambda: secured.ask(asking(generation=generation, wait=0.1)).get("Retry-After") is None
        )


def test_a_stop_answers_who_waits(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--workers", "2", "--stop-timeout", "55s") as secured:
        generation = known(secured)
        with contextlib.ExitStack() as stack:
            asked = asking(generation=generation, wait=LONG)
            waiting = [stack.enter_context(begin(secured, asked)) for _ in range(WAITING)]
            assert not waiting[0].has_something(0.3)
            stopping = threading.Thread(target=secured.server.stop)
            stopping.start()
            assert [connection.read().status for connection in waiting] == [204] * WAITING
            stopping.join()


def test_a_host_that_joins_runs_its_environment_and_nothing_else(closed: Secured) -> None:
    made = closed.ask(posting("staging/join-codes", {}), basic("chief"))
    assert made.status == 200
    joined = join(closed, made.json()["code"])
    assert (joined.status, joined.header("Location")) == (201, f"{BASE}/staging/hosts/web")
    assert joined.json()["account"] == "staging.web"
    secret = joined.json()["secret"]
    assert is_wellformed(secret)
    mine = bearer(secret)
    assert closed.ask(asking(), mine).status == 200
    assert closed.ask(asking("other"), mine).codes == ["UNKNOWN"]
    assert closed.ask(asking(host="db"), mine).codes == ["UNKNOWN"]
    pull = Asked("GET", f"/v2/{IMAGE}/manifests/v1")
    robot = basic("staging.web", secret)
    assert closed.ask(pull, bearer(closed.token(robot, f"repository:{IMAGE}:pull"))).status == 200
    assert closed.ask(Asked("DELETE", f"/v2/{IMAGE}/manifests/v1"), robot).status == 403
    assert closed.ask(Asked("GET", "/v2/team/other/manifests/v1"), robot).status == 403
    assert closed.ask(Asked("GET", "/api/v1/users"), mine).status == 403
    assert join(closed, made.json()["code"], "db").codes == ["UNAUTHORIZED"]


def join(secured: Secured, code: str, host: str = "web") -> Reply:
    return secured.ask(posting("staging/hosts", {"code": code, "host": host}))


def test_a_token_for_pulls_is_not_enough(closed: Secured) -> None:
    secret = joined(closed)
    token = closed.token(basic("staging.web", secret), f"repository:{IMAGE}:pull")
    assert closed.ask(asking(), bearer(token)).status == 401


def joined(secured: Secured) -> str:
    """The secret of a host that has joined."""
    code = secured.ask(posting("staging/join-codes", {"seconds": 60}), basic("chief")).json()[
        "code"
    ]
    secret: str = join(secured, code).json()["secret"]
    return secret


def test_a_code_that_is_none_is_refused_and_a_wrong_one_counts_as_a_failed_login(
    closed: Secured,
) -> None:
    assert join(closed, "lsj_something").codes == ["INVALID"]
    body = {"code": new(Kind.JOIN), "host": "web"}
    statuses = [
        closed.ask(posting("staging/hosts", body), address="10.1.1.1").status for _ in range(22)
    ]
    assert statuses[:20] == [HTTPStatus.UNAUTHORIZED] * 20
    assert statuses[-1] == HTTPStatus.TOO_MANY_REQUESTS


@pytest.mark.parametrize("how", ["disabled", "removed", "without its secret"])
def test_who_is_let_in_no_more_is_told_nothing_new(how: str, closed: Secured) -> None:
    secret = joined(closed)
    generation = known(closed, header=bearer(secret))
    with begin(closed, asking(generation=generation, wait=LONG), bearer(secret)) as waiting:
        assert not waiting.has_something(0.3)
        if how == "disabled":
            closed.write(accounts.enable, "staging.web", is_enabled=False)
        elif how == "removed":
            closed.write(accounts.remove, "staging.web")
        else:
            [one] = closed.write(lambda tx: tx.secrets.of("staging.web"))
            closed.write(accounts.remove_secret, "staging.web", one.id)
        advance(closed, "staging")
        assert waiting.read().status == HTTPStatus.UNAUTHORIZED


def test_who_waited_at_an_open_registry_is_asked_who_it_is_once_it_is_closed(
    tmp_path: Path,
) -> None:
    with (
        running(tmp_path / "data", "--workers", "1") as secured,
        begin(secured, asking(generation=known(secured), wait=LONG)) as waiting,
    ):
        assert not waiting.has_something(0.3)
        secured.add_user("chief")
        advance(secured, "staging")
        assert waiting.read().status == HTTPStatus.UNAUTHORIZED


def test_what_a_host_reports_is_kept(opened: Secured) -> None:
    [wanted] = opened.ask(asking()).json()["services"]
    service = {
        "service": "web",
        "deployment": wanted["deployment"],
        "digest": wanted["digest"],
        "state": "healthy",
        "detail": "x" * 5000,
    }
    asked = posting("staging/report", {"host": "reporter", "services": [service]})
    assert opened.ask(asked).status == 204
    [kept] = opened.write(lambda tx: tx.reports.of("staging"))
    assert (kept.host, kept.state, kept.digest) == ("reporter", "healthy", wanted["digest"])
    assert len(kept.detail) < 5000


@pytest.mark.parametrize(
    "service",
    [{}, {"service": "web"}, {"service": "web", "deployment": 1, "state": "fine"}],
    ids=["nothing", "no state", "no such state"],
)
def test_what_is_no_report_is_refused(service: dict[str, object], opened: Secured) -> None:
    body = {"host": "web", "services": [service]}
    assert opened.ask(posting("staging/report", body)).codes == ["INVALID"]


def test_who_asks_is_heard_of(opened: Secured) -> None:
    generation = known(opened)
    opened.ask(asking(host="listener", generation=generation))

    def seen() -> bool:
        listed = opened.ask(Asked("GET", f"{BASE}/staging/hosts")).json()["hosts"]
        [mine] = [one for one in listed if one["host"] == "listener"] or [None]
        return bool(mine and mine["seen_at"] and mine["generation"] == generation)

    until(seen)


def test_a_host_is_removed_with_its_robot(closed: Secured) -> None:
    secret = joined(closed)
    listed = closed.ask(Asked("GET", f"{BASE}/staging/hosts"), bearer(secret))
    assert listed.codes == ["UNKNOWN"], "an agent sees what it is to run, and no more"
    asked = Asked("DELETE", f"{BASE}/staging/hosts/web")
    assert closed.ask(asked, bearer(secret)).status == 403
    assert closed.ask(asked, basic("chief")).status == 204
    assert closed.ask(asking(), bearer(secret)).status == 401
    assert closed.ask(Asked("GET", f"{BASE}/staging/hosts"), basic("chief")).json() == {"hosts": []}
