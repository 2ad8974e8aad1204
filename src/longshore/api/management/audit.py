"""The audit log over HTTP: its latest lines, or those after one.

Decides how a reader follows it: by asking again for what comes after the last line it has.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from longshore.api.context import Context
from longshore.api.management.fields import instant
from longshore.api.messages import Request
from longshore.registry import audit, directory

Outcome = Literal["done", "refused"]


class EntryPage(Struct):
    """Lines after `last`, or the latest; of one actor, action, target, outcome where given."""

    last: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    actor: str = ""
    action: str = ""
    target: str = ""
    outcome: Outcome | None = None

    def wanted(self) -> dict[str, str]:
        """What the lines must have."""
        named = {
            "actor": self.actor,
            "action": self.action,
            "target": self.target,
            "outcome": self.outcome,
        }
        return {name: value for name, value in named.items() if value}


class Entry(Struct):
    """Who did what to what, from where, by which request, and with what outcome."""

    id: int
    at: datetime
    actor: str
    address: str
    request_id: str
    identity: str
    action: str
    target: str
    outcome: Outcome
    detail: dict[str, Any]


class Entries(Struct):
    """Lines, the oldest first; `last` is what to ask with for those that follow."""

    entries: list[Entry]
    last: int


async def page(context: Context, request: Request, *, query: EntryPage) -> Entries:
    found = await context.metadata.read(audit.page, query.last, query.limit, query.wanted())
    return Entries([_shown(entry) for entry in found], found[-1].id if found else query.last or 0)


def _shown(entry: directory.Entry) -> Entry:
    actor = entry.actor
    return Entry(
        entry.id,
        instant(entry.at),
        actor.name,
        actor.address,
        actor.request_id,
        actor.identity,
        entry.action,
        entry.target,
        entry.outcome,
        dict(entry.detail),
    )
