"""The client of the management API: of a server over the network, or of an application in here.

Decides how a reply becomes a value or the exception that the registry raised. Which operations
there are is the business of whoever asks, and of the API's own document.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

import longshore
from longshore.client.connection import reason
from longshore.client.errors import UnexpectedReply, Unreachable
from longshore.client.transport import Repository, Request
from longshore.delivery.errors import Blocked
from longshore.oci.errors import Denied, OCIError, TooManyRequests, Unauthorized
from longshore.registry.refusals import Exists, Forbidden, Gone, Invalid, Refusal, Unknown

BASE = "/api/v1"
TIMEOUTS = httpx.Timeout(60.0, connect=10.0)  # seconds without a byte

_REFUSALS: dict[str, type[Refusal | OCIError]] = {
    kind.code: kind
    for kind in (
        Invalid,
        Unknown,
        Exists,
        Forbidden,
        Gone,
        Blocked,
        Denied,
        TooManyRequests,
        Unauthorized,
    )
}
# Statuses of replies that say what is wrong; a 401 is answered before.
_TOLD = frozenset(range(400, 600)) - {401}

Login = httpx.Auth  # what shows who calls, with every request


class _Error(msgspec.Struct):
    code: str
    message: str


class _Errors(msgspec.Struct):
    errors: list[_Error]


class Management:
    """Close it at the end."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """The reply's JSON, None where there is none.

        Raises what the registry raised, and Unreachable, and UnexpectedReply.
        """
        given = {name: str(value) for name, value in query.items() if value not in {None, ""}}
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        try:
            reply = self._http.request(
                method, f"{BASE}{path}", params=given, content=content, headers=headers
            )
        except httpx.HTTPError as problem:
            raise Unreachable(f"{self._http.base_url}: {reason(problem)}") from None
        if not reply.is_success:
            raise _refusal(reply)
        return _json(reply) if reply.content else None

    def pages(self, path: str, entries: str, **query: object) -> Iterator[Any]:
        """All entries of a listing, a page at a time."""
        last: str | None = None
        while True:
            page = self.ask("GET", path, last=last, **query)
            yield from page[entries]
            last = page["next"]
            if last is None:
                return

    def close(self) -> None:
        self._http.close()


def place(*names: str) -> str:
    """The address below the API of what these names name; raises Unknown."""
    for name in names:
        if not name or "/" in name:
            raise Unknown(f"{name!r} is no name of anything")
    return "".join(f"/{quote(name, safe='')}" for name in names)


def of_server(url: str, login: Login | None) -> Management:
    """That of a server; without a login, of one that is open."""
    is_encrypted = httpx.URL(url).scheme == "https"
    # To read whom this machine trusts takes longer than most requests.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    http = httpx.Client(
        base_url=url,
        auth=login,
        timeout=TIMEOUTS,
        verify=ssl.create_default_context() if is_encrypted else nobody,
        # No proxy is between a machine and itself.
        trust_env=is_encrypted,
        headers={"User-Agent": f"longshore/{longshore.__version__}"},
    )
    return Management(http)


def of_application(app: Any) -> Management:
    """That of an ASGI application in this process."""
    return Management(httpx.Client(base_url="http://local", transport=_InProcess(app)))


def of_repository(repository: Repository, *actions: str) -> Management:
    """That of a registry, for what its user may do to this repository with docker's login."""
    transport = _AsClient(repository, actions)
    host = repository.registry.host
    return Management(httpx.Client(base_url=f"http://{host}", transport=transport))


class _AsClient(httpx.BaseTransport):
    """Requests go as those for content do, by the same address and with the same tokens."""

    def __init__(self, repository: Repository, actions: Sequence[str]) -> None:
        self._registry = repository.registry
        self._scopes = repository.scopes(*actions)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kind = request.headers.get("content-type")
        reply = self._registry.send(
            Request(
                request.method,
                request.url.raw_path.decode(),
                self._scopes,
                headers={"Content-Type": kind} if kind else {},
                content=request.read() or None,
                repeats=request.method == "GET",
                accepts=_TOLD,
            )
        )
        return httpx.Response(reply.status_code, content=reply.content)


class _InProcess(httpx.BaseTransport):
    """Requests become calls."""

    def __init__(self, app: Any) -> None:
        self._transport = httpx.ASGITransport(app)
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        reply = await self._transport.handle_async_request(request)
        return httpx.Response(reply.status_code, headers=reply.headers, content=await reply.aread())

    def close(self) -> None:
        self._runner.close()


class Secret(httpx.Auth):
    """A robot's secret shows who calls."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        request.headers["Authorization"] = f"Bearer {self._secret}"
        yield request


class Later(httpx.Auth):
    """Who calls is found out when a server wants to know, and not before."""

    def __init__(self, find: Callable[[], Login]) -> None:
        self._find = find
        self._found: Login | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._found is None:
            reply = yield request
            if reply.status_code != httpx.codes.UNAUTHORIZED:
                return
            self._found = self._find()
        yield from self._found.auth_flow(request)


def password(name: str, text: str) -> Login:
    """A user's name and password show who calls."""
    return httpx.BasicAuth(name, text)


def _json(reply: httpx.Response) -> Any:
    try:
        return msgspec.json.decode(reply.content)
    except msgspec.MsgspecError:
        raise _unexpected(reply) from None


def _refusal(reply: httpx.Response) -> Exception:
    try:
        told = msgspec.json.decode(reply.content, type=_Errors).errors[0]
    except (msgspec.MsgspecError, IndexError):
        return _unexpected(reply)
    kind = _REFUSALS.get(told.code)
    if kind is None or reply.is_server_error:
        return _unexpected(reply, told.message)
    return kind(told.message)


def _unexpected(
    reply: httpx.Response, reason: str = "is that a registry of this release?"
) -> UnexpectedReply:
    place = reply.request.url.copy_with(query=None)
    return UnexpectedReply(f"{place} answers {reply.status_code}: {reason}")
