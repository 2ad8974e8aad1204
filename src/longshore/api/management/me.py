"""What callers may know and change of themselves: who they are, their password, their sessions.

Decides that a new password needs the old one, whatever else proves who calls.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from longshore.api.context import Context
from longshore.api.management import grants
from longshore.api.management.fields import Password, instant, instant_or_none
from longshore.api.messages import Request
from longshore.oci.errors import Unauthorized
from longshore.registry import accounts, management, profiles
from longshore.registry.access import LOCAL
from longshore.registry.refusals import Forbidden, Unknown


class Me(Struct):
    """Who calls, and all that is granted to it. `identity` is who an issuer says it is."""

    name: str
    kind: Literal["user", "robot", "trust", "htpasswd", "local"]
    identity: str
    groups: list[str]
    grants: list[grants.Grant]
    is_administrator: bool


class PasswordChange(Struct, forbid_unknown_fields=True):
    """Clients that are logged in with the old password are logged out."""

    old: str
    new: Password


class Session(Struct):
    """A client that stays logged in: a refresh token, and where it was asked from."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime | None


class Sessions(Struct):
    """All of them, the oldest first."""

    sessions: list[Session]


async def show(context: Context, request: Request) -> Me:
    own = await context.metadata.read(profiles.own, request.caller)
    caller = own.caller
    if own.account is not None:
        kind: Literal["user", "robot", "trust", "htpasswd", "local"] = own.account.kind
    else:
        kind = "local" if caller.name == LOCAL.name else "htpasswd"
    return Me(
        caller.name,
        kind,
        caller.identity,
        own.groups,
        list(map(grants.shown, caller.grants)),
        caller.administers_all,
    )


async def change_password(context: Context, request: Request, *, body: PasswordChange) -> None:
    name = request.caller.name
    if not await context.metadata.read(accounts.is_user, name):
        raise Unknown(f"{name} has no password in this registry that could be changed")
    accounts.check_password(name, body.new)
    try:
        await context.authenticator.log_in(request, name, body.old)
    except Unauthorized:
        raise Forbidden("the old password is not that") from None
    hashed = await context.authenticator.hash(body.new)
    await context.by(request).write(accounts.change_password, name, hashed)


async def list_sessions(context: Context, request: Request) -> Sessions:
    found = await context.metadata.read(profiles.sessions, request.caller.name)
    return Sessions(
        [
            Session(one.id, one.label, instant(one.created_at), instant_or_none(one.expires_at))
            for one in found
        ]
    )


async def end_session(context: Context, request: Request, session_id: str) -> None:
    await context.by(request).write(management.end_session, request.caller.name, session_id)
