"""The token endpoint: from a password, or nothing, to a short token for what was asked.

Decides how a request for a token is read, in the forms of distribution's token specification
(GET, "Token Authentication") and of OAuth 2 (POST, RFC 6749). A token is narrowed to what its
caller may do and never refused for asking too much; only a wrong proof is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate, islice, takewhile
from typing import NamedTuple
from urllib.parse import parse_qs

from longshore.api.context import Context
from longshore.api.messages import BodyTooLarge, QueryInvalid, Request, Response, encode_json
from longshore.oci import media_types
from longshore.oci.errors import Unauthorized
from longshore.oci.scope import Scope, parse_scopes
from longshore.registry import access, accounts, keys
from longshore.registry.access import Caller
from longshore.registry.credentials import Claims
from longshore.registry.grants import ANONYMOUS
from longshore.registry.secrets import Kind, digest_of, new

FORM_LIMIT = 64 * 1024  # bytes
SCOPES_LIMIT = 100  # of one token; it travels in a header, …
SCOPES_SIZE = 6000  # … and is read up to some length: characters of all scopes
REFRESH_LIFETIME = 90 * 86400_000  # ms


class _Asked(NamedTuple):
    """What a token is wanted for."""

    scopes: list[Scope]
    is_offline: bool
    client: str


async def get(context: Context, request: Request) -> Response:
    """With Basic for an account, without for anybody."""
    caller = request.caller
    if caller.scopes is not None:  # a token can not be had for a token
        raise Unauthorized("ask for a token with a name and a password")
    asked = _Asked(
        _scopes(request.query.get("scope", ())),
        request.parameter("offline_token") == "true",
        request.parameter("client_id") or "",
    )
    return await _grant(context, request, caller, asked)


async def post(context: Context, request: Request) -> Response:
    """With a password or a refresh token in a form."""
    body = await request.body(FORM_LIMIT, BodyTooLarge("that is no request for a token"))
    fields = _fields(body)
    form = {name: values[0] for name, values in fields.items()}
    refresh_token = form.get("refresh_token", "")
    if form.get("grant_type") == "refresh_token":
        caller = await context.authenticator.refresh(request, refresh_token)
    elif form.get("grant_type") == "password":
        refresh_token = ""
        name, password = form.get("username", ""), form.get("password", "")
        caller = await context.authenticator.log_in(request, name, password)
    else:
        raise QueryInvalid("grant_type is password or refresh_token")
    request.caller = caller
    asked = _Asked(
        _scopes(fields.get("scope", ())),
        form.get("access_type") == "offline",
        form.get("client_id", ""),
    )
    return await _grant(context, request, caller, asked, refresh_token)


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise QueryInvalid("the form is not understood") from None


def _scopes(texts: Sequence[str]) -> list[Scope]:
    """Each text has one or several, and the whole is without doubles, cut where it is too much."""
    found = dict.fromkeys(scope for text in texts for scope in parse_scopes(text))
    sizes = accumulate(len(str(scope)) for scope in found)
    fitting = takewhile(lambda one: one[1] <= SCOPES_SIZE, zip(found, sizes, strict=True))
    return [scope for scope, _ in islice(fitting, SCOPES_LIMIT)]


async def _grant(
    context: Context, request: Request, caller: Caller, asked: _Asked, refresh_token: str = ""
) -> Response:
    ring = await context.metadata.read(keys.ring)
    now = int(time.time())
    granted = tuple(scope for scope in access.narrow(caller, asked.scopes) if scope.actions)
    claims = Claims(
        subject="" if caller.is_anonymous else caller.name,
        audience=ring.audience,
        issued_at=now,
        expires_at=now + context.token_lifetime,
        access=granted,
        identity=caller.identity,
    )
    token = context.credentials.tokens.sign(claims, ring.signing)
    answer: dict[str, object] = {
        "token": token,
        "access_token": token,
        "expires_in": context.token_lifetime,
        "issued_at": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "scope": " ".join(map(str, granted)),
    }
    if asked.is_offline:
        refresh = refresh_token or await _remember(context, request, caller, asked.client)
        if refresh:
            answer["refresh_token"] = refresh
    headers = [(b"content-type", media_types.JSON.encode()), (b"cache-control", b"no-store")]
    return Response(200, headers, encode_json(answer))


async def _remember(context: Context, request: Request, caller: Caller, client: str) -> str:
    """A refresh token for a user; nothing for others, whose secrets are good for that by
    themselves, or are not meant to last.
    """
    if caller.name == ANONYMOUS or not await context.metadata.read(accounts.is_user, caller.name):
        return ""
    text = new(Kind.REFRESH)
    await context.by(request).write(
        accounts.add_secret,
        caller.name,
        "refresh",
        digest_of(text),
        f"{client[:40] or 'client'} at {request.address}",
        int(time.time() * 1000) + REFRESH_LIFETIME,
    )
    return text
