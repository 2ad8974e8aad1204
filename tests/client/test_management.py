"""The client of the management API: what a reply means to whoever asked."""

import contextlib
from collections.abc import Callable, Iterator

import httpx
import pytest

from longshore.client.errors import ClientError, UnexpectedReply, Unreachable
from longshore.client.management import Management, Secret, of_application, password, place
from longshore.oci.errors import Denied, TooManyRequests, Unauthorized
from longshore.registry.refusals import Exists, Forbidden, Invalid, Unknown

Answer = Callable[[httpx.Request], httpx.Response]


@contextlib.contextmanager
def asking(answer: Answer, auth: httpx.Auth | None = None) -> Iterator[Management]:
    transport = httpx.MockTransport(answer)
    http = httpx.Client(base_url="https://registry.test", transport=transport, auth=auth)
    with contextlib.closing(Management(http)) as management:
        yield management


def refusing(code: str, status: int = 400) -> Answer:
    body = {"errors": [{"code": code, "message": "the reason"}]}
    return lambda _: httpx.Response(status, json=body)


@pytest.mark.parametrize(
    "kind", [Invalid, Unknown, Exists, Forbidden, Unauthorized, Denied, TooManyRequests]
)
def test_a_refusal_is_the_exception_that_the_registry_raised(kind: type[Exception]) -> None:
    code: str = kind.code  # type: ignore[attr-defined]
    with asking(refusing(code)) as management, pytest.raises(kind, match="the reason"):
        management.ask("GET", "/users")


@pytest.mark.parametrize(
    "answer",
    [
        refusing("NAME_INVALID", 404),
        refusing("UNKNOWN", 500),
        lambda _: httpx.Response(502, text="<h1>Bad Gateway</h1>"),
        lambda _: httpx.Response(400, json={"errors": []}),
        lambda _: httpx.Response(400, json=[]),
        lambda _: httpx.Response(302, headers={"Location": "https://elsewhere.test"}),
        lambda _: httpx.Response(200, text="<h1>Welcome</h1>"),
    ],
)
def test_what_no_registry_answers_is_told_with_the_address(answer: Answer) -> None:
    with asking(answer) as management, pytest.raises(UnexpectedReply) as problem:
        management.ask("GET", "/users", actor="somebody")
    assert "https://registry.test/api/v1/users answers" in str(problem.value)


def test_no_answer_is_told_with_the_address() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with asking(fail) as management, pytest.raises(Unreachable, match=r"https://registry\.test"):
        management.ask("GET", "/users")


def test_values_go_as_they_are_and_absent_ones_do_not() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    with asking(answer) as management:
        assert management.ask("PUT", "/grants", {}, subject="@a", pattern="t/**", last=None) is None
        management.ask("GET", "/audit", actor="")
    assert dict(seen[0].url.params) == {"subject": "@a", "pattern": "t/**"}
    assert (seen[0].content, seen[0].headers["Content-Type"]) == (b"{}", "application/json")
    assert (seen[1].url.query, seen[1].content) == (b"", b"")


def test_a_listing_goes_on_as_long_as_there_is_more() -> None:
    pages = {None: ([1, 2], "b"), "b": ([], "c"), "c": ([3], None)}

    def answer(request: httpx.Request) -> httpx.Response:
        found, following = pages[request.url.params.get("last")]
        return httpx.Response(200, json={"users": found, "next": following})

    with asking(answer) as management:
        assert list(management.pages("/users", "users")) == [1, 2, 3]


@pytest.mark.parametrize(
    ("login", "header"),
    [(Secret("lsr_x"), "Bearer lsr_x"), (password("a", "b"), "Basic YTpi"), (None, None)],
)
def test_a_login_is_shown_with_every_request(login: httpx.Auth | None, header: str | None) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers.get("Authorization") == header
        return httpx.Response(204)

    with asking(answer, login) as management:
        management.ask("GET", "/me")


def test_places_are_made_of_names() -> None:
    assert place("users", "a@b", "password") == "/users/a%40b/password"
    for name in ("", "a/b"):
        with pytest.raises(Unknown):
            place("users", name)


def test_an_application_is_asked_without_a_network() -> None:
    async def application(scope: dict[str, object], _: object, send: object) -> None:
        assert (scope["method"], scope["path"]) == ("GET", "/api/v1/me")
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b'{"name": "me"}'})  # type: ignore[operator]

    with contextlib.closing(of_application(application)) as management:
        assert management.ask("GET", "/me") == {"name": "me"}
        assert management.ask("GET", "/me") == {"name": "me"}


def test_every_problem_of_the_client_has_one_base() -> None:
    assert {Unreachable, UnexpectedReply} <= set(ClientError.__subclasses__())
