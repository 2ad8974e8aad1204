"""Users: made, let in, kept out, removed; and what a password may be."""

from typing import Any

import pytest

from tests.api.management.conftest import PASSWORD, Api, basic, new_name


def make(api: Api, **fields: object) -> str:
    name = new_name("user")
    reply = api.ask("POST", "/users", {"name": name, "password": PASSWORD, **fields})
    assert reply.status == 201
    return name


def logs_in(api: Api, name: str, password: str = PASSWORD) -> bool:
    api.headers = {**api.headers, "user": basic(name, password)}
    return api.ask("GET", "/me", caller="user").status == 200


def test_a_new_user_is_where_the_reply_says(api: Api) -> None:
    name = new_name("user")
    grants = [{"pattern": "team/**", "verbs": ["push", "pull"]}]
    body = {"name": name, "password": PASSWORD, "description": "of one team", "grants": grants}
    reply = api.ask("POST", "/users", body)
    assert reply.status == 201
    assert reply.header("Location") == f"/api/v1/users/{name}"
    assert reply.header("Cache-Control") == "no-store"
    made = reply.json()
    assert made.pop("is_first") is False
    assert api.get(f"/users/{name}") == made
    assert made["grants"] == [{"pattern": "team/**", "verbs": ["pull", "push"]}]
    assert PASSWORD not in reply.content.decode()


def test_a_user_logs_in_until_it_is_disabled_and_again_after(api: Api) -> None:
    name = make(api)
    assert logs_in(api, name)
    changed = api.ask("PATCH", f"/users/{name}", {"is_enabled": False})
    assert changed.json() == {"name": name, "is_enabled": False, "was_last_administrator": False}
    assert not logs_in(api, name)
    api.ask("PATCH", f"/users/{name}", {"is_enabled": True})
    assert logs_in(api, name)


def test_a_removed_user_is_gone_with_its_grants(api: Api) -> None:
    name = make(api, grants=[{"pattern": "team/**", "verbs": ["pull"]}])
    assert api.ask("DELETE", f"/users/{name}").json() == {"was_last_administrator": False}
    assert not logs_in(api, name)
    assert api.ask("GET", f"/users/{name}").codes == ["UNKNOWN"]
    assert api.get("/grants", subject=name)["grants"] == []


def test_a_password_that_is_set_takes_the_place_of_the_former(api: Api) -> None:
    name = make(api)
    reply = api.ask("PUT", f"/users/{name}/password", {"password": "another one"})
    assert (reply.status, reply.content) == (204, b"")
    assert logs_in(api, name, "another one")
    assert not logs_in(api, name)


@pytest.mark.parametrize(
    "password", ["1234567", "x" * 1025, "MALLORY-1", "tab\tulator", "nul\0nul"]
)
def test_a_weak_password_is_refused_and_not_told(api: Api, password: str) -> None:
    reply = api.ask("POST", "/users", {"name": "mallory-1", "password": password})
    assert (reply.status, reply.codes) == (400, ["INVALID"])
    assert password not in reply.content.decode()


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "@a", "é", "x" * 65, "local", "oidc"])
def test_a_name_that_is_none_is_refused(api: Api, name: str) -> None:
    reply = api.ask("POST", "/users", {"name": name, "password": PASSWORD})
    assert (reply.status, reply.codes) == (400, ["INVALID"])


def test_a_name_that_is_taken_is_refused(api: Api) -> None:
    reply = api.ask("POST", "/users", {"name": "reader", "password": PASSWORD})
    assert (reply.status, reply.codes) == (409, ["EXISTS"])
    assert reply.json()["errors"][0]["message"] == "there is a robot reader already"


def test_a_refused_grant_leaves_no_account(api: Api) -> None:
    name = new_name("user")
    body = {"name": name, "password": PASSWORD, "grants": [{"pattern": "A", "verbs": ["pull"]}]}
    assert api.ask("POST", "/users", body).status == 400
    assert api.ask("GET", f"/users/{name}").status == 404


def test_a_robot_is_no_user(api: Api) -> None:
    assert api.ask("GET", "/users/reader").status == 404
    assert api.ask("DELETE", "/users/reader").status == 404
    assert api.ask("PATCH", "/users/reader", {"is_enabled": False}).status == 404
    assert api.ask("GET", "/robots/reader").status == 200


def test_pages_have_each_user_once_and_in_order(api: Api) -> None:
    names = {make(api) for _ in range(4)}
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = api.get("/users", **query)
        assert len(page["users"]) <= 2
        found += [user["name"] for user in page["users"]]
        if page["next"] is None:
            break
        query["last"] = page["next"]
    assert found == sorted(set(found))
    assert names | {"chief", "keeper"} <= set(found)
    assert "reader" not in found


@pytest.mark.parametrize("path", ["/users/a%00b", "/users/%FF", "/users/%0A", "/users/a%2Fb"])
def test_an_address_with_what_no_name_has_is_nowhere(api: Api, path: str) -> None:
    assert api.ask("GET", path).status == 404
