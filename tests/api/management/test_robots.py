"""Robots: their secrets, shown once, several at a time, each until its end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from longshore.registry.secrets import is_wellformed
from tests.api.management.conftest import Api, basic, bearer, new_name


def make(api: Api, **fields: object) -> Any:
    reply = api.ask("POST", "/robots", {"name": new_name("robot"), **fields})
    assert reply.status == 201
    return reply.json()


def logs_in(api: Api, secret: str) -> bool:
    api.headers = {**api.headers, "robot": bearer(secret)}
    return api.ask("GET", "/me", caller="robot").status == 200


def later(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


def test_the_secret_of_a_new_robot_is_shown_once(api: Api) -> None:
    expiry = later(days=90)
    made = make(api, expires_at=expiry, grants=[{"pattern": "team/**", "verbs": ["push"]}])
    name, secret = made["name"], made.pop("secret")
    assert is_wellformed(secret)
    assert made.pop("is_first") is False
    found = api.ask("GET", f"/robots/{name}")
    assert found.json() == made
    assert secret not in found.content.decode()
    [kept] = found.json()["secrets"]
    wanted = datetime.fromisoformat(expiry)
    assert abs(datetime.fromisoformat(kept["expires_at"]) - wanted) < timedelta(seconds=1)
    assert kept["last_used_at"] is None
    assert logs_in(api, secret)
    [used] = api.get(f"/robots/{name}/secrets")["secrets"]
    assert used["last_used_at"] is not None


def test_a_secret_is_changed_without_a_moment_in_which_none_is_good(api: Api) -> None:
    made = make(api)
    path = f"/robots/{made['name']}/secrets"
    reply = api.ask("POST", path, {"label": "the second"})
    added = reply.json()
    assert (reply.status, reply.header("Location")) == (201, f"/api/v1{path}/{added['id']}")
    assert logs_in(api, made["secret"])
    assert logs_in(api, added["secret"])
    first = made["secrets"][0]["id"]
    assert api.ask("DELETE", f"{path}/{first}").status == 204
    assert not logs_in(api, made["secret"])
    assert logs_in(api, added["secret"])
    assert [one["label"] for one in api.get(path)["secrets"]] == ["the second"]
    assert api.ask("DELETE", f"{path}/{first}").status == 404


def test_a_secret_of_one_robot_is_not_removed_by_the_name_of_another(api: Api) -> None:
    mine, other = make(api), make(api)
    number = mine["secrets"][0]["id"]
    assert api.ask("DELETE", f"/robots/{other['name']}/secrets/{number}").status == 404
    assert api.ask("DELETE", f"/robots/chief/secrets/{number}").status == 404
    assert logs_in(api, mine["secret"])


@pytest.mark.parametrize(
    "expiry",
    ["2000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "2100-01-01", "soon"],
)
def test_a_secret_that_is_over_or_has_no_end_that_is_a_time_is_refused(
    api: Api, expiry: str
) -> None:
    body = {"name": new_name("robot"), "expires_at": expiry}
    reply = api.ask("POST", "/robots", body)
    assert (reply.status, reply.codes) == (400, ["INVALID"])
    assert api.ask("GET", f"/robots/{body['name']}").status == 404


def test_a_disabled_robot_and_a_removed_one_do_not_log_in(api: Api) -> None:
    made = make(api)
    path = f"/robots/{made['name']}"
    api.ask("PATCH", path, {"is_enabled": False})
    assert not logs_in(api, made["secret"])
    api.ask("PATCH", path, {"is_enabled": True})
    assert logs_in(api, made["secret"])
    assert api.ask("DELETE", path).status == 200
    assert not logs_in(api, made["secret"])


def test_a_page_has_robots_only(api: Api) -> None:
    made = make(api)["name"]
    names = [robot["name"] for robot in api.get("/robots", limit=1000)["robots"]]
    assert {made, "engine", "reader"} <= set(names)
    assert "chief" not in names


def test_a_robot_has_no_password_to_change_and_no_sessions(api: Api) -> None:
    body = {"old": "old enough", "new": "new enough"}
    assert api.ask("PUT", "/me/password", body, "reader").status == 404
    assert api.get("/me/sessions", caller="reader") == {"sessions": []}
    api.headers = {**api.headers, "wrong name": basic("chief", make(api)["secret"])}
    assert api.ask("GET", "/me", caller="wrong name").status == 401
