"""Hosts that join a registry with accounts: what they may then do, and for how long."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from longshore.registry import accounts
from longshore.registry.secrets import Kind, is_wellformed, new
from tests.api.secured import Asked, Secured, basic, bearer
from tests.api.waiters import (
    BASE,
    IMAGE,
    LONG,
    advance,
    asking,
    begin,
    known,
    posting,
    running,
)
from tests.api.wire import Reply


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Secured]:
    with running(tmp_path / "data", "--workers", "1") as secured:
        secured.add_user("chief", "**:admin")
        yield secured


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


def test_a_host_is_removed_with_its_robot(closed: Secured) -> None:
    secret = joined(closed)
    listed = closed.ask(Asked("GET", f"{BASE}/staging/hosts"), bearer(secret))
    assert listed.codes == ["UNKNOWN"], "an agent sees what it is to run, and no more"
    asked = Asked("DELETE", f"{BASE}/staging/hosts/web")
    assert closed.ask(asked, bearer(secret)).codes == ["UNKNOWN"]
    assert closed.ask(asked, basic("chief")).status == 204
    assert closed.ask(asking(), bearer(secret)).status == 401
    assert closed.ask(Asked("GET", f"{BASE}/staging/hosts"), basic("chief")).json() == {"hosts": []}
