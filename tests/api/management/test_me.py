"""What callers know and change of themselves."""

from urllib.parse import urlencode

from tests.api.management.conftest import PASSWORD, Api, basic, new_name


def login(api: Api) -> str:
    """A new user, who is a caller of its own name."""
    name = new_name("user")
    api.ask("POST", "/users", {"name": name, "password": PASSWORD})
    api.headers = {**api.headers, name: basic(name)}
    return name


def stay_logged_in(api: Api, name: str) -> str:
    """A refresh token, as a client keeps it."""
    form = {
        "grant_type": "password",
        "username": name,
        "password": PASSWORD,
        "access_type": "offline",
        "client_id": "docker",
    }
    reply = api.wire.ask("POST", "/token", urlencode(form).encode())
    token: str = reply.json()["refresh_token"]
    return token


def is_logged_in(api: Api, token: str) -> bool:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return api.wire.ask("POST", "/token", urlencode(form).encode()).status == 200


def test_callers_are_told_who_they_are(api: Api) -> None:
    me = api.get("/me", caller="chief")
    assert (me["name"], me["kind"], me["is_administrator"]) == ("chief", "user", True)
    me = api.get("/me", caller="reader")
    assert (me["name"], me["kind"], me["is_administrator"]) == ("reader", "robot", False)
    assert {"subject": "reader", "pattern": "team/**", "verbs": ["pull"]} in me["grants"]


def test_a_password_is_changed_with_the_old_one_only(api: Api) -> None:
    name = login(api)
    wrong = api.ask("PUT", "/me/password", {"old": "not that", "new": "new enough"}, name)
    assert (wrong.status, wrong.codes) == (403, ["FORBIDDEN"])
    weak = api.ask("PUT", "/me/password", {"old": PASSWORD, "new": name.upper()}, name)
    assert (weak.status, weak.codes) == (400, ["INVALID"])
    assert (
        api.ask("PUT", "/me/password", {"old": PASSWORD, "new": "new enough"}, name).status == 204
    )
    assert api.ask("GET", "/me", caller=name).status == 401
    api.headers = {**api.headers, name: basic(name, "new enough")}
    assert api.get("/me", caller=name)["name"] == name


def test_a_new_password_logs_clients_out(api: Api) -> None:
    name = login(api)
    token = stay_logged_in(api, name)
    assert is_logged_in(api, token)
    api.ask("PUT", "/me/password", {"old": PASSWORD, "new": "new enough"}, name)
    assert not is_logged_in(api, token)


def test_a_session_is_listed_and_ended(api: Api) -> None:
    name = login(api)
    first, second = stay_logged_in(api, name), stay_logged_in(api, name)
    sessions = api.get("/me/sessions", caller=name)["sessions"]
    assert [session["label"].startswith("docker at ") for session in sessions] == [True, True]
    assert api.ask("DELETE", f"/me/sessions/{sessions[0]['id']}", caller="chief").status == 404
    assert api.ask("DELETE", f"/me/sessions/{sessions[0]['id']}", caller=name).status == 204
    assert sorted([is_logged_in(api, first), is_logged_in(api, second)]) == [False, True]
