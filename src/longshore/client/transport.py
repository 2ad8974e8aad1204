"""Requests to one registry: who asks, how often, and what comes of it.

Decides that a request is tried again where another try may help, that a refused one says who asks
and is sent once more, and that no address but the registry's own learns a login. It knows no
endpoint: what a path means is the business of the modules of its noun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import httpx

from longshore.client.connection import Connection
from longshore.client.credentials import Login
from longshore.client.errors import UnexpectedReply, Unreachable
from longshore.client.loopback import SENDER, Sender
from longshore.client.patience import PASSING, Patience, retry_after
from longshore.client.replies import error_of
from longshore.client.tokens import Authority, Scopes, TokenRequest
from longshore.oci.challenge import Challenge, parse_challenges
from longshore.oci.errors import NameUnknown, OCIError, Unauthorized
from longshore.oci.names import RepositoryName
from longshore.oci.scope import Scope


class Request(NamedTuple):
    """`target` is a path below /v2/, or an address that an earlier reply named.

    `content` is read anew for each try; without `repeats` there is just one, but for a 401.
    `sender` sends it over a plain socket by itself, where that is quicker.
    `accepts` are statuses that the caller understands, besides success; `missing` is what a 404
    without a word of explanation means; without `follows`, a redirect is a reply like any other.
    """

    method: str
    target: str
    scopes: Scopes = frozenset()
    headers: Mapping[str, str] = {}
    content: bytes | Iterable[bytes] | None = None
    sender: Sender | None = None
    repeats: bool = True
    accepts: frozenset[int] = frozenset()
    missing: type[OCIError] = NameUnknown
    follows: bool = True


class Registry:
    """One registry; any thread may ask it.

    `login_of` knows the login for a repository, `pause` waits for some seconds.
    """

    def __init__(
        self,
        host: str,
        login_of: Callable[[str], Login | None],
        pause: Callable[[float], None],
        *,
        insecure: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self.host = host
        self.pause = pause
        self.patience = patience or Patience()
        self.lacks_referrers = False  # learnt from its first 404
        self._authority = Authority(host, login_of, self._ask_for_token)
        self._connection = Connection(host, self._greet, insecure=insecure)

    def close(self) -> None:
        self._connection.close()

    def send(self, request: Request) -> httpx.Response:
        """The reply to a request, with its body; raises what the registry refused it with.

        Raises Unreachable if there is no reply, and httpx.TransportError instead where the
        request is none that repeats.
        """
        with self.open(request) as response:
            return response

    @contextmanager
    def open(self, request: Request, *, streams: bool = False) -> Iterator[httpx.Response]:
        """As `send`; the body of a reply that streams is still to be read."""

        def exchange() -> httpx.Response:
            response = self._exchange(request)
            if not (streams and response.is_success):
                _finish(response)
            return response

        response = self._persist(exchange, repeats=request.repeats)
        try:
            if not response.is_success and response.status_code not in request.accepts:
                raise self._refusal(response, request)
            yield response
        finally:
            response.close()

    def unreachable(self, problem: Exception) -> Unreachable:
        """What to raise when all attempts have ended like this."""
        return self._connection.unreachable(problem)

    def _refusal(self, response: httpx.Response, request: Request) -> Exception:
        refusal = error_of(response, request.missing)
        if isinstance(refusal, Unauthorized):
            refusal.add_note(f"to log in: longshore login {self.host}")
        return refusal

    def _greet(self, response: httpx.Response) -> None:
        self._authority.meet(_challenges(response))

    def _persist(
        self, exchange: Callable[[], httpx.Response], *, repeats: bool = True
    ) -> httpx.Response:
        """The first reply that another try would not better, or the last."""
        attempt = 1
        while True:
            asked = None
            is_last = not repeats or attempt >= self.patience.attempts
            try:
                response = exchange()
                if response.status_code not in PASSING or is_last:
                    return response
                asked = retry_after(response)
            except httpx.TransportError as problem:
                if not repeats:
                    raise
                if is_last:
                    raise self.unreachable(problem) from problem
            except (httpx.RequestError, httpx.InvalidURL) as problem:
                raise UnexpectedReply(f"{self.host}: {problem}") from problem
            self.pause(self.patience.pause(attempt, asked))
            attempt += 1

    def _exchange(self, request: Request) -> httpx.Response:
        """Send a request, and once more with what a 401 asks for."""
        address = self._connection.address(request.target)
        is_own = self._connection.is_own(address)
        sent = self._authority.header(request.scopes) if is_own else None
        response = self._once(request, address, sent)
        challenges = _challenges(response) if is_own else []
        if response.status_code != httpx.codes.UNAUTHORIZED or not challenges:
            return response
        _finish(response)
        answer = self._authority.answer(challenges, request.scopes, sent)
        return self._once(request, address, answer)

    def _once(self, request: Request, address: httpx.URL, sent: str | None) -> httpx.Response:
        headers = {**request.headers, **({"Authorization": sent} if sent else {})}
        http = self._connection.http
        extensions = {SENDER: request.sender} if request.sender else {}
        built = http.build_request(
            request.method,
            address,
            headers=headers,
            content=request.content,
            extensions=extensions,
        )
        return http.send(built, stream=True, follow_redirects=request.follows)

    def _ask_for_token(self, asked: TokenRequest) -> httpx.Response:
        address = self._connection.address(asked.realm)
        headers = {"Authorization": asked.basic} if asked.basic else {}
        http = self._connection.http
        if asked.is_form:
            return self._persist(lambda: http.post(address, headers=headers, data=asked.fields))
        address = address.copy_merge_params(asked.fields)
        return self._persist(lambda: http.get(address, headers=headers))


class Repository(NamedTuple):
    """One repository of a registry."""

    registry: Registry
    name: RepositoryName

    def scopes(self, *actions: str) -> Scopes:
        return frozenset({Scope("repository", self.name, frozenset(actions))})

    def __str__(self) -> str:
        return f"{self.registry.host}/{self.name}"


def _finish(response: httpx.Response) -> None:
    """Read a reply to its end, so that the connection can be used again."""
    try:
        response.read()
    finally:
        response.close()


def _challenges(response: httpx.Response) -> list[Challenge]:
    headers = response.headers.get_list("www-authenticate")
    return [challenge for header in headers for challenge in parse_challenges(header)]
