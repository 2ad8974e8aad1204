"""Who a client is to a registry: Basic, or tokens that another server hands out for scopes.

Decides how a challenge is answered (distribution, "Token Authentication" and "Oauth2"): by GET
with name and password, by POST with an identity token, by neither if nobody logged in. Tokens are
kept for as long as they are good, by what they were asked for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import httpx
import msgspec

from longshore.client.credentials import Login
from longshore.client.errors import UnexpectedReply
from longshore.client.replies import error_of
from longshore.oci.challenge import Challenge
from longshore.oci.errors import Unauthorized
from longshore.oci.scope import Scope, parse_scopes

CLIENT = "longshore"
SHORTEST = 60.0  # seconds that a token is good for if nobody says, or says less

Scopes = frozenset[Scope]


class TokenRequest(NamedTuple):
    """`basic` is the header that goes with it; the fields are a form to post, or a query."""

    realm: str
    basic: str | None
    fields: dict[str, str | list[str]]
    is_form: bool

    def __repr__(self) -> str:
        return f"TokenRequest({self.realm!r})"


class _Granted(msgspec.Struct):
    token: str = ""
    access_token: str = ""
    expires_in: float = 0

    def __repr__(self) -> str:
        return "_Granted(…)"


class _Kept(NamedTuple):
    header: str
    good_until: float  # of the monotonic clock

    def __repr__(self) -> str:
        return "_Kept(…)"


class Authority:
    """Answers the challenges of one registry; any thread may ask.

    `ask` sends a request for a token, and tries again as with any other.
    """

    def __init__(
        self,
        host: str,
        login_of: Callable[[str], Login | None],
        ask: Callable[[TokenRequest], httpx.Response],
    ) -> None:
        self._host = host
        self._login_of = login_of
        self._ask = ask
        self._lock = threading.Lock()
        self._challenge: Challenge | None = None
        self._kept: dict[Scopes, _Kept] = {}

    def meet(self, challenges: Sequence[Challenge]) -> None:
        """Learn what the registry asks of everybody."""
        bearer = [each for each in challenges if each.scheme == "bearer" and _realm(each)]
        basic = [each for each in challenges if each.scheme == "basic"]
        self._challenge = next(iter(bearer + basic), None)

    def header(self, scopes: Scopes) -> str | None:
        """What to send with a request; None if nothing was ever asked for."""
        with self._lock:
            if self._challenge is None:
                return None
            kept = self._kept.get(scopes)
            if kept is None or kept.good_until < time.monotonic():
                kept = self._kept[scopes] = self._fetch(self._challenge, scopes)
            return kept.header

    def answer(self, challenges: Sequence[Challenge], scopes: Scopes, sent: str | None) -> str:
        """What to send after a 401 to a request that had sent `sent`.

        Raises Unauthorized if there is nothing else to say.
        """
        self.meet(challenges)
        with self._lock:
            kept = self._kept.get(scopes)
            if kept is not None and kept.header != sent:
                return kept.header  # another thread was quicker
            if self._challenge is None:
                raise Unauthorized(f"{self._host} refuses, and does not say what it would accept")
            wanted = scopes | _asked_for(self._challenge)
            fresh = self._kept[scopes] = self._fetch(self._challenge, wanted)
        if fresh.header == sent:
            raise Unauthorized(f"{self._host} refuses the login: longshore login {self._host}")
        return fresh.header

    def _fetch(self, challenge: Challenge, scopes: Scopes) -> _Kept:
        login = self._login_of(_repository(scopes))
        if challenge.scheme == "bearer":
            return self._token(challenge, login, scopes)
        if login is None:
            raise Unauthorized(f"{self._host} asks for a login: longshore login {self._host}")
        return _Kept(login.basic, float("inf"))

    def _token(self, challenge: Challenge, login: Login | None, scopes: Scopes) -> _Kept:
        fields: dict[str, str | list[str]] = {"client_id": CLIENT}
        if service := challenge.parameters.get("service"):
            fields["service"] = service
        listed = sorted(map(str, scopes))
        is_form = login is not None and bool(login.identity_token)
        if login and is_form:
            fields |= {"grant_type": "refresh_token", "refresh_token": login.identity_token}
            fields["scope"] = " ".join(listed)
        else:
            fields |= {"scope": listed} | ({"account": login.username} if login else {})
        basic = login.basic if login and not is_form else None
        response = self._ask(TokenRequest(_realm(challenge), basic, fields, is_form))
        if not response.is_success:
            raise self._refused(response, login)
        granted = _granted(response)
        good_for = max(granted.expires_in, SHORTEST) * 0.9
        value = granted.token or granted.access_token
        return _Kept(f"Bearer {value}", time.monotonic() + good_for)

    def _refused(self, response: httpx.Response, login: Login | None) -> Exception:
        error = error_of(response, Unauthorized)
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return error
        who = f"the login of {login.username or 'a token'}" if login else "everybody"
        told = Unauthorized(f"{self._host} refuses {who}: longshore login {self._host}")
        told.add_note(f"{response.url.copy_with(query=None)}: 401")
        return told


def _granted(response: httpx.Response) -> _Granted:
    try:
        return msgspec.json.decode(response.content, type=_Granted)
    except msgspec.MsgspecError:
        raise UnexpectedReply(f"{response.url.copy_with(query=None)}: no token") from None


def _realm(challenge: Challenge) -> str:
    return challenge.parameters.get("realm", "")


def _asked_for(challenge: Challenge) -> Scopes:
    try:
        return frozenset(parse_scopes(challenge.parameters.get("scope", "")))
    except ValueError:
        return frozenset()


def _repository(scopes: Iterable[Scope]) -> str:
    """Whose login is asked for: that of the repository written to, if there are several."""
    named = [scope for scope in scopes if scope.type == "repository"]
    return max(named, key=lambda scope: len(scope.actions)).name if named else ""
