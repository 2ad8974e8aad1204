"""The audit log over HTTP: its latest lines, or those after one.

Decides how a reader follows it: by asking again for what comes after the last line it has. Who
goes back in it asks for what was before the first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, ValidationError, convert

from longshore.api.authorization import MANAGEMENT_PATH
from longshore.api.context import Context
from longshore.api.management.fields import Instant, instant, milliseconds_of
from longshore.api.messages import Request
from longshore.registry import audit, directory
from longshore.registry.refusals import Invalid

Outcome = Literal["done", "refused"]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_PATHS = ("", "/v2/", f"{MANAGEMENT_PATH}/repositories/")


class EntryPage(Struct):
    """Lines after `last`, or the latest before `before`, or the latest of all.

    Of one actor, action, target, outcome, and not before `since`, where given. `repository`: what
    was done or refused there, and below it.
    """

    last: Id | None = None
    before: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    actor: str = ""
    action: str = ""
    target: str = ""
    outcome: Outcome | None = None
    repository: str = ""
    since: Moment | None = None

    def wanted(self) -> directory.Wanted:
        """Raises Invalid for a time that is none."""
        return directory.Wanted(
            self.actor,
            self.action,
            self.target,
            self.outcome or "",
            # A refusal has the path of what was asked for as its target.
            [f"{path}{self.repository}" for path in _PATHS] if self.repository else (),
            self._since(),
        )

    def _since(self) -> int:
        # Not by its type: what is in a query may be a number as well, and that is no time.
        try:
            return milliseconds_of(convert(self.since, Instant | None)) or 0
        except ValidationError as problem:
            raise Invalid(f"since: {problem}") from None


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
    wanted, limit = query.wanted(), query.limit
    if query.last is None:
        found = await context.metadata.read(audit.latest, query.before, limit, wanted)
    elif query.before is None:
        found = await context.metadata.read(audit.page, query.last, limit, wanted)
    else:
        raise Invalid("a page is after one line or before one, not both")
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
