"""How strictly requests are read, whatever they ask for."""

import json

import pytest

from tests.api.management.conftest import PASSWORD, Api

USER = {"name": "never", "password": PASSWORD}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"name": "\xff", "password": "long enough"}',
        b"[" * 100_000,
        json.dumps({**USER, "admin": True}).encode(),
        json.dumps({**USER, "name": 1}).encode(),
        json.dumps({**USER, "grants": None}).encode(),
        json.dumps({**USER, "grants": [{"pattern": "**", "verbs": []}]}).encode(),
        json.dumps({**USER, "grants": [{"pattern": "**", "verbs": ["all"]}]}).encode(),
        json.dumps({**USER, "description": "a\nb"}).encode(),
        json.dumps({"x" * 10_000: 1}).encode(),
    ],
)
def test_a_body_of_another_form_is_refused(api: Api, body: bytes) -> None:
    reply = api.ask("POST", "/users", body)
    assert (reply.status, reply.codes) == (400, ["INVALID"])
    assert len(reply.content) < 500


def test_a_body_that_is_too_large_is_refused_unread(api: Api) -> None:
    reply = api.ask("POST", "/users", b" " * (256 * 1024 + 1))
    assert (reply.status, reply.codes) == (413, ["SIZE_INVALID"])


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_what_a_form_of_another_site_can_send_is_refused(api: Api, kind: str) -> None:
    """A browser sends those, and the password it knows, without asking anybody."""
    headers = {**api.headers["chief"], **({"Content-Type": kind} if kind else {})}
    reply = api.wire.ask("POST", "/api/v1/keys", b"{}", headers)
    assert (reply.status, reply.codes) == (415, ["INVALID"])


def test_a_content_type_may_have_parameters(api: Api) -> None:
    headers = {**api.headers["chief"], "Content-Type": "application/JSON; charset=utf-8"}
    assert api.wire.ask("POST", "/api/v1/keys", b"{}", headers).status == 201


@pytest.mark.parametrize(
    "query", ["limt=1", "limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "last=%00", "x=%FF"]
)
def test_a_query_of_another_form_is_refused(api: Api, query: str) -> None:
    reply = api.wire.ask("GET", f"/api/v1/users?{query}", headers=api.headers["chief"])
    assert reply.status == 400


def test_a_pattern_that_is_given_twice_is_no_way_around_the_check(api: Api) -> None:
    target = "/api/v1/grants?subject=keeper&pattern=team/a&pattern=**"
    headers = {**api.headers["keeper"], "Content-Type": "application/json"}
    reply = api.wire.ask("PUT", target, b'{"verbs": ["admin"]}', headers)
    assert (reply.status, reply.codes) == (400, ["INVALID"])


def test_another_method_is_told_which_there_are(api: Api) -> None:
    reply = api.ask("POST", "/users/chief", {})
    assert (reply.status, reply.header("Allow")) == (405, "DELETE, GET, HEAD, PATCH")


def test_there_is_nothing_elsewhere_below_the_api(api: Api) -> None:
    assert api.ask("GET", "/nothing").status == 404
    assert api.ask("GET", "").status == 404


def test_head_answers_as_get_does(api: Api) -> None:
    got, head = api.ask("GET", "/users/chief"), api.ask("HEAD", "/users/chief")
    assert head.content == b""
    assert head.header("Content-Length") == got.header("Content-Length")
