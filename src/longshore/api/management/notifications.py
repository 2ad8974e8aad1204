"""Notifications over HTTP: who is told of which events, how, and whether that works.

Decides that a webhook's secret is shown once, in the reply to the request that made it, and an
address never again: it may be a secret, too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from longshore.api.context import Context
from longshore.api.management.fields import Empty, Name, Page, instant, instant_or_none
from longshore.api.management.grants import Pattern, parse
from longshore.api.messages import Request
from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Kind
from longshore.delivery.notifications.outbox import Medium, Undelivered
from longshore.delivery.notifications.subscriptions import (
    ADDRESS_LIMIT,
    LONGEST_OVERLAP,
    Status,
    Wish,
)

EventName = Literal[
    "deployed",
    "failed",
    "rolled-back",
    "awaiting-approval",
    "agent-lost",
    "tag-moved",
    "tag-deleted",
]
Address = Annotated[
    str,
    Meta(
        max_length=ADDRESS_LIMIT,
        description="A URL that begins with https://, or an address of mail.",
    ),
]


class NewSubscription(Struct, kw_only=True, forbid_unknown_fields=True):
    """Who is to be told; without `events`, of all that the patterns have to do with."""

    name: Name
    medium: Medium
    address: Address
    events: list[EventName] = []
    repositories: Pattern | None = None
    environments: Pattern | None = None

    def wish(self) -> Wish:
        """Raises Invalid."""
        return Wish(
            self.name,
            self.medium,
            self.address,
            frozenset(map(Kind, self.events)),
            None if self.repositories is None else parse(self.repositories),
            None if self.environments is None else parse(self.environments),
        )


class Subscription(Struct, kw_only=True):
    """Who is told of what, and how that fares.

    `waiting` messages are on their way, the oldest since then; `failures` are those since the
    target last took one, `problem` is why. `dropped` messages were given up.
    """

    name: str
    medium: Medium
    target: str
    events: list[str]
    repositories: str | None
    environments: str | None
    created_at: datetime
    delivered_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    failures: int
    problem: str
    retry_at: datetime | None
    dropped: int


class AddedSubscription(Subscription, kw_only=True):
    """`secret`, which signs what a webhook gets, is shown this once; others have none."""

    secret: str | None


class Rotation(Struct, forbid_unknown_fields=True):
    """For how many seconds what is sent is signed with the secret before, too."""

    overlap: Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP // 1000)] = 86400


class Rotated(Struct):
    """`secret` is shown this once; until then the one before signs as well."""

    secret: str
    former_until: datetime


class Subscriptions(Struct):
    """A page; `next` is the `last` of the following one."""

    notifications: list[Subscription]
    next: str | None


class Trial(Struct):
    """What became of a test; `reply` is what the target said, or why it said nothing."""

    is_delivered: bool
    reply: str


async def page(context: Context, request: Request, *, query: Page) -> Subscriptions:
    found, more = await context.metadata.read(subscriptions.page, query.last, query.limit)
    shown = [Subscription(**_fields(status)) for status in found]
    return Subscriptions(shown, shown[-1].name if more else None)


async def add(context: Context, request: Request, *, body: NewSubscription) -> AddedSubscription:
    status = await context.by(request).write(subscriptions.add, body.wish())
    secret = status.subscription.target.secret or None
    return AddedSubscription(**_fields(status), secret=secret)


async def find(context: Context, request: Request, name: str) -> Subscription:
    return Subscription(**_fields(await context.metadata.read(subscriptions.find, name)))


async def remove(context: Context, request: Request, name: str) -> None:
    await context.by(request).write(subscriptions.remove, name)


async def rotate(context: Context, request: Request, name: str, *, body: Rotation) -> Rotated:
    metadata = context.by(request)
    target = await metadata.write(subscriptions.rotate, name, body.overlap * 1000)
    return Rotated(target.secret, instant(target.former_until))


async def test(context: Context, request: Request, name: str, *, body: Empty) -> Trial:
    """Send one message now, past what waits."""
    target, message = await context.by(request).read(subscriptions.trial, name)
    try:
        return Trial(is_delivered=True, reply=await context.messenger.send(target, message))
    except Undelivered as problem:
        return Trial(is_delivered=False, reply=str(problem))


def _fields(status: Status) -> dict[str, Any]:
    subscription, progress, backlog = status
    return {
        "name": subscription.name,
        "medium": subscription.target.medium,
        "target": subscription.target.shown,
        "events": [kind.value for kind in Kind if kind in subscription.kinds],
        "repositories": _text(subscription.repositories),
        "environments": _text(subscription.environments),
        "created_at": instant(subscription.created_at),
        "delivered_at": instant_or_none(progress.delivered_at),
        "waiting": backlog.letters,
        "waiting_since": instant_or_none(backlog.oldest_at),
        "failures": progress.failures,
        "problem": progress.problem,
        "retry_at": instant_or_none(progress.retry_at or None),
        "dropped": progress.dropped,
    }


def _text(pattern: str | None) -> str | None:
    return None if pattern is None else str(pattern)
