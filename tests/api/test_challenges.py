"""Challenges: how a client is told to go on, in a form that its parser reads."""

import re
from collections.abc import Iterator

import pytest

from tests.api.conftest import sound
from tests.api.secured import BEHIND_A_PROXY, Asked, Secured, basic, new_address

NAMES = ["A", "a..b", 'a"b', "a%22,error=%22b", "a%0Db", "a%00b", "a%20b", "%C3%BC", "n" * 256]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("challenges")
    with sound(folder / "data", "--workers", "1", *BEHIND_A_PROXY) as server:
        secured = Secured(server)
        secured.add_user("alice", "team:pull")
        yield secured


@pytest.mark.parametrize("header", [None, basic("alice"), basic("alice", "wrong"), "Bearer x"])
@pytest.mark.parametrize(
    ("method", "rest"), [("GET", "manifests/v1"), ("PUT", "manifests/v1"), ("GET", "tags/list")]
)
def test_what_is_no_name_is_none_for_anybody(
    method: str, rest: str, header: str | None, secured: Secured
) -> None:
    """It would end a header, or a quoted string in one, if it came to a challenge."""
    for name in NAMES:
        reply = secured.ask(Asked(method, f"/v2/{name}/{rest}"), header)
        assert (reply.status, reply.codes) == (400, ["NAME_INVALID"]), name
        assert reply.get("WWW-Authenticate") is None, name


def test_browsers_are_asked_for_a_password(secured: Secured) -> None:
    reply = secured.wire.ask("GET", "/v2/_catalog", None, {"Accept": "text/html,*/*;q=0.8"})
    assert reply.status == 401
    assert reply.header("WWW-Authenticate") == 'Basic realm="Longshore", charset="UTF-8"'
    authorization = {"Accept": "text/html", "Authorization": basic("alice")}
    assert secured.wire.ask("GET", "/v2/_catalog", None, authorization).status == 200


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({}, "http://registry.test"),
        ({"X-Forwarded-Host": "r.example:8443"}, "http://r.example:8443"),
        (
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "r.example"},
            "https://r.example",
        ),
        ({"X-Forwarded-Host": 'r.example",error="x'}, "http://registry.test"),
    ],
)
def test_the_realm_is_where_the_client_reaches_the_server(
    headers: dict[str, str], base: str, secured: Secured
) -> None:
    reply = secured.wire.ask("GET", "/v2/", None, headers)
    host = base.partition("://")[2]
    assert reply.header("WWW-Authenticate") == f'Bearer realm="{base}/token",service="{host}"'


def test_there_is_one_challenge_and_parsers_can_read_it(secured: Secured) -> None:
    reply = secured.ask(Asked("PUT", "/v2/team/app/manifests/v1"), "bearer nonsense")
    [challenge] = reply.headers.get_all("WWW-Authenticate") or []
    scheme, _, parameters = challenge.partition(" ")
    found = dict(re.findall(r'([a-z]+)="([^"]*)"', parameters))
    assert scheme == "Bearer"
    assert found == {
        "realm": "http://registry.test/token",
        "service": "registry.test",
        "scope": "repository:team/app:pull,push",
        "error": "invalid_token",
    }
    assert ",".join(f'{name}="{value}"' for name, value in found.items()) == parameters


@pytest.mark.parametrize("header", ["lsr_" + "0" * 38, "x" * 30, "Digest a", "BASIC"])
def test_what_a_client_sent_is_not_told_again(header: str, secured: Secured) -> None:
    reply = secured.ask(Asked("GET", "/v2/"), header)
    assert (reply.status, reply.codes) == (401, ["UNAUTHORIZED"])
    assert header[:10] not in f"{reply.content!r} {reply.headers.as_string()}"


def test_a_refusal_before_the_body_lets_the_connection_be_used_again(secured: Secured) -> None:
    start = (
        b"PUT /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: registry.test\r\n"
        b"Content-Length: 300000\r\nX-Forwarded-For: " + new_address().encode() + b"\r\n\r\n"
    )
    with secured.wire.connect() as connection:
        for _ in range(2):
            connection.write(start + b"x" * 300_000)
            assert connection.read("PUT").status == 401


def test_a_client_that_waits_to_send_is_refused_without_a_body(secured: Secured) -> None:
    with secured.wire.connect() as connection:
        connection.write(
            b"PUT /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: registry.test\r\n"
            b"Expect: 100-continue\r\nContent-Length: 300000\r\n\r\n"
        )
        reply = connection.read("PUT")
    assert (reply.status, reply.codes) == (401, ["UNAUTHORIZED"])
