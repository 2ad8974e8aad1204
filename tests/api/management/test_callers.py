"""Who may do what: every operation, asked by every kind of caller.

The table has a row for each operation; one without a row fails.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from longshore.api.authorization import Need
from longshore.api.management.operations import Operation
from longshore.api.management.table import OPERATIONS
from tests.api.conftest import sound
from tests.api.management.conftest import Api

GRANT = {"subject": "authenticated", "pattern": "team/shared"}


class Row(NamedTuple):
    """A request that changes nothing of use, and its status once the caller is let through."""

    status: int
    path: str
    body: object = None
    query: dict[str, str] = {}  # noqa: RUF012  never changed


TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/me"): Row(200, "/me"),
    ("PUT", "/me/password"): Row(400, "/me/password", {}),
    ("GET", "/me/sessions"): Row(200, "/me/sessions"),
    ("DELETE", "/me/sessions/{id}"): Row(404, "/me/sessions/00000000"),
    ("GET", "/users"): Row(200, "/users"),
    ("POST", "/users"): Row(400, "/users", {}),
    ("GET", "/users/{name}"): Row(200, "/users/stranger"),
    ("PATCH", "/users/{name}"): Row(200, "/users/stranger", {"is_enabled": True}),
    ("DELETE", "/users/{name}"): Row(404, "/users/nobody"),
    ("PUT", "/users/{name}/password"): Row(404, "/users/nobody/password", {"password": "12345678"}),
    ("GET", "/robots"): Row(200, "/robots"),
    ("POST", "/robots"): Row(400, "/robots", {}),
    ("GET", "/robots/{name}"): Row(200, "/robots/reader"),
    ("PATCH", "/robots/{name}"): Row(200, "/robots/reader", {"is_enabled": True}),
    ("DELETE", "/robots/{name}"): Row(404, "/robots/nobody"),
    ("GET", "/robots/{name}/secrets"): Row(200, "/robots/reader/secrets"),
    ("POST", "/robots/{name}/secrets"): Row(404, "/robots/nobody/secrets", {}),
    ("DELETE", "/robots/{name}/secrets/{id}"): Row(404, "/robots/reader/secrets/00000000"),
    ("GET", "/groups"): Row(200, "/groups"),
    ("GET", "/groups/{name}"): Row(404, "/groups/nobody"),
    ("PUT", "/groups/{name}/members/{account}"): Row(404, "/groups/some/members/nobody", {}),
    ("DELETE", "/groups/{name}/members/{account}"): Row(404, "/groups/some/members/nobody"),
    ("GET", "/grants"): Row(200, "/grants"),
    ("PUT", "/grants"): Row(200, "/grants", {"verbs": ["pull"]}, GRANT),
    ("DELETE", "/grants"): Row(404, "/grants", None, GRANT | {"pattern": "team/nothing"}),
    ("GET", "/trusts"): Row(200, "/trusts"),
    ("POST", "/trusts"): Row(400, "/trusts", {}),
    ("GET", "/trusts/{name}"): Row(404, "/trusts/nobody"),
    ("PATCH", "/trusts/{name}"): Row(404, "/trusts/nobody", {"is_enabled": True}),
    ("DELETE", "/trusts/{name}"): Row(404, "/trusts/nobody"),
    ("GET", "/quotas"): Row(200, "/quotas"),
    ("PUT", "/quotas"): Row(400, "/quotas", {}, {"pattern": "team/shared"}),
    ("DELETE", "/quotas"): Row(404, "/quotas", None, {"pattern": "team/nothing"}),
    ("GET", "/policies"): Row(200, "/policies"),
    ("PUT", "/policies"): Row(400, "/policies", {}, {"pattern": "team/shared"}),
    ("DELETE", "/policies"): Row(404, "/policies", None, {"pattern": "team/nothing"}),
    ("GET", "/keys"): Row(200, "/keys"),
    ("POST", "/keys"): Row(201, "/keys", {}),
    ("GET", "/notifications"): Row(200, "/notifications"),
    ("POST", "/notifications"): Row(400, "/notifications", {}),
    ("GET", "/notifications/{name}"): Row(404, "/notifications/nobody"),
    ("DELETE", "/notifications/{name}"): Row(404, "/notifications/nobody"),
    ("POST", "/notifications/{name}/secret"): Row(404, "/notifications/nobody/secret", {}),
    ("POST", "/notifications/{name}/test"): Row(404, "/notifications/nobody/test", {}),
    ("GET", "/audit"): Row(200, "/audit"),
    ("GET", "/environments"): Row(200, "/environments"),
    ("PUT", "/environments"): Row(200, "/environments", {"environments": []}),
    ("GET", "/environments/{name}"): Row(404, "/environments/nowhere"),
    ("DELETE", "/environments/{name}"): Row(404, "/environments/nowhere"),
    ("GET", "/environments/{name}/history"): Row(404, "/environments/nowhere/history"),
    ("POST", "/environments/{name}/deploy"): Row(404, "/environments/nowhere/deploy", {}),
    ("POST", "/environments/{name}/rollback"): Row(404, "/environments/nowhere/rollback", {}),
    ("POST", "/environments/{name}/pin"): Row(404, "/environments/nowhere/pin", {}),
    ("POST", "/environments/{name}/resume"): Row(404, "/environments/nowhere/resume", {}),
    ("POST", "/environments/{name}/approve"): Row(404, "/environments/nowhere/approve", {}),
    ("POST", "/environments/{name}/freeze"): Row(404, "/environments/nowhere/freeze", {}),
    ("POST", "/environments/{name}/unfreeze"): Row(404, "/environments/nowhere/unfreeze", {}),
    ("POST", "/environments/{name}/logs"): Row(
        404, "/environments/nowhere/logs", {"service": "web", "key": f"{'A' * 43}="}
    ),
    ("GET", "/environments/{name}/logs/{reader}"): Row(404, "/environments/nowhere/logs/a"),
    ("POST", "/environments/{name}/logs/{reader}"): Row(
        404, "/environments/nowhere/logs/a", {"after": {}}
    ),
    ("GET", "/environments/{name}/log-questions"): Row(
        404, "/environments/nowhere/log-questions", None, {"host": "a"}
    ),
    ("POST", "/environments/{name}/log-answers"): Row(
        404, "/environments/nowhere/log-answers", {"host": "a", "question": 1, "content": ""}
    ),
    ("GET", "/environments/{name}/desired"): Row(404, "/environments/nowhere/desired"),
    ("POST", "/environments/{name}/report"): Row(
        404, "/environments/nowhere/report", {"host": "a", "services": []}
    ),
    ("POST", "/environments/{name}/join-codes"): Row(404, "/environments/nowhere/join-codes", {}),
    ("GET", "/environments/{name}/hosts"): Row(404, "/environments/nowhere/hosts"),
    ("POST", "/environments/{name}/hosts"): Row(400, "/environments/nowhere/hosts", {}),
    ("DELETE", "/environments/{name}/hosts/{host}"): Row(404, "/environments/nowhere/hosts/a"),
    ("GET", "/repositories/{repository}/history"): Row(404, "/repositories/team/app/history"),
    ("POST", "/repositories/{repository}/restore"): Row(
        404, "/repositories/team/app/restore", {"tag": "latest"}
    ),
    ("GET", "/repositories/{repository}/policy"): Row(200, "/repositories/team/app/policy"),
    ("POST", "/repositories/{repository}/releases"): Row(
        400, "/repositories/team/app/releases", {}
    ),
}

# Whom an operation lets through that needs this; of the others, who is refused once and for all.
ADMITTED = {
    Need.SELF: {"chief", "engine", "keeper", "stranger", "reader"},
    Need.ENVIRONMENT: {"chief", "engine", "keeper", "stranger", "reader"},
    Need.GRANT: {"chief", "engine", "keeper"},
    Need.MANAGE: {"chief", "engine"},
    Need.PULL: {"chief", "engine", "keeper", "reader"},
    Need.PUSH: {"chief", "engine", "keeper"},
    Need.ANYBODY: {"chief", "engine", "keeper", "stranger", "reader", "token", "anonymous"},
}
OF_AGENTS = {Need.ENVIRONMENT, Need.ANYBODY}
OF_CONTENT = {Need.PULL, Need.PUSH}
KNOWN = ADMITTED[Need.SELF]
CALLERS = ADMITTED[Need.ANYBODY] | {"disabled", "impostor"}


def expected(operation: Operation, caller: str) -> int:
    if caller in ADMITTED[operation.need]:
        return TABLE[operation.method, operation.path].status
    return 403 if caller in KNOWN else 401


def test_every_operation_has_a_row() -> None:
    assert {(one.method, one.path) for one in OPERATIONS} == set(TABLE)


@pytest.mark.parametrize("caller", sorted(CALLERS))
def test_each_caller_gets_what_it_may(api: Api, caller: str) -> None:
    for operation in OPERATIONS:
        asked = operation.method, operation.path
        row = TABLE[asked]
        reply = api.ask(operation.method, row.path, row.body, caller, **row.query)
        assert reply.status == expected(operation, caller), asked
        if reply.status == 401:
            assert reply.header("WWW-Authenticate").startswith("Basic "), asked
        if reply.status >= 400:
            assert len(reply.codes) == 1, asked


def test_every_caller_is_asked_for(api: Api) -> None:
    assert set(api.headers) == CALLERS


@pytest.mark.parametrize("pattern", ["team", "other/app", "**", "*/app", "team*/app"])
def test_who_administers_a_pattern_decides_on_nothing_else(api: Api, pattern: str) -> None:
    query = {"subject": "stranger", "pattern": pattern}
    given = api.ask("PUT", "/grants", {"verbs": ["pull"]}, "keeper", **query)
    assert (given.status, given.codes) == (403, ["FORBIDDEN"])
    removed = api.ask("DELETE", "/grants", caller="keeper", subject="chief", pattern=pattern)
    assert removed.status == 403


def test_a_refusal_is_in_the_audit_log(api: Api) -> None:
    api.ask("DELETE", "/users/chief", caller="stranger")
    [entry] = api.get("/audit", actor="stranger", target="/api/v1/users/chief")["entries"]
    assert (entry["action"], entry["outcome"]) == ("manage", "refused")


@pytest.fixture(scope="module")
def open_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with sound(tmp_path_factory.mktemp("open") / "data", "--workers", "1") as server:
        yield Api(server.port, {"anonymous": {}})


def test_an_open_registry_is_managed_on_its_machine_only(open_registry: Api) -> None:
    for operation in OPERATIONS:
        asked = operation.method, operation.path
        row = TABLE[asked]
        reply = open_registry.ask(operation.method, row.path, row.body, "anonymous", **row.query)
        if operation.need in OF_CONTENT | OF_AGENTS:  # which is anybody's there
            assert reply.status == row.status, asked
            continue
        assert (reply.status, reply.codes) == (403, ["FORBIDDEN"]), asked
        assert "longshore user add NAME --admin" in reply.json()["errors"][0]["message"], asked


def test_nobody_makes_the_first_account_from_elsewhere(open_registry: Api) -> None:
    body = {"name": "intruder", "password": "long enough", "grants": []}
    assert open_registry.ask("POST", "/users", body, "anonymous").status == 403
    assert open_registry.wire.ask("GET", "/v2/").status == 200  # and it stays open
