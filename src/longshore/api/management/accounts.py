"""What users, robots and trusts have in common as accounts, over HTTP.

Decides what is shown of any account. How each of them proves who it is has a module of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from longshore.api.context import Context
from longshore.api.management.fields import Change, Changed, Name, Removed, Text, instant
from longshore.api.management.grants import Allowed, AllowedList, shown_allowed, values
from longshore.api.messages import Request
from longshore.registry import management
from longshore.registry.directory import Kind
from longshore.registry.management import Newcomer
from longshore.registry.profiles import Profile


class Account(Struct, kw_only=True):
    """An account; `grants` are its own, those of its groups come on top."""

    name: str
    description: str
    is_enabled: bool
    created_at: datetime
    groups: list[str]
    grants: list[Allowed]


class NewAccount(Struct, kw_only=True, forbid_unknown_fields=True):
    """An account that is to be, and what it may do from the start."""

    name: Name
    description: Text = ""
    grants: AllowedList = ()

    def newcomer(self) -> Newcomer:
        """Raises Invalid."""
        return Newcomer(self.name, self.description, list(map(values, self.grants)))


def shown(profile: Profile) -> dict[str, Any]:
    """The fields of an Account."""
    account = profile.account
    return {
        "name": account.name,
        "description": account.description,
        "is_enabled": account.is_enabled,
        "created_at": instant(account.created_at),
        "groups": profile.groups,
        "grants": shown_allowed(profile.grants),
    }


async def change(
    context: Context, request: Request, name: str, kind: Kind, body: Change
) -> Changed:
    """Let it in again, or not any more."""
    was_last = await context.by(request).write(
        management.enable, name, kind, is_enabled=body.is_enabled
    )
    return Changed(name, body.is_enabled, was_last)


async def remove(context: Context, request: Request, name: str, kind: Kind) -> Removed:
    return Removed(await context.by(request).write(management.remove, name, kind))
