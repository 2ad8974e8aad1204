"""Who wants to be told of which events, and what has yet to be told: values, and their ports.

A letter is a message on its way to one subscription. It is written in the transaction of what it
tells, and goes when its target has taken it. Times are milliseconds since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from longshore.delivery.notifications.events import Event, Kind, Message
from longshore.registry.patterns import Pattern

Medium = Literal["webhook", "slack", "email"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go. An address may itself be a secret: whoever has Slack's, can write there.

    `secret` signs what goes to a webhook; the others have none. `former` is the one before, which
    signs as well until `former_until`, so that a receiver may change over at any time before.
    """

    medium: Medium
    address: str = field(repr=False)
    secret: str = field(default="", repr=False)
    former: str = field(default="", repr=False)
    former_until: int = 0

    def secrets(self, now: int) -> tuple[str, ...]:
        """Those that sign at that time, the newest first."""
        return (
            (self.secret, self.former)
            if self.former and now < self.former_until
            else (self.secret,)
        )

    @property
    def shown(self) -> str:
        """What of the address may be seen: of a URL no path and no query."""
        if self.medium == "email":
            return self.address
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}/…"


class Subscription(NamedTuple):
    """Events of these kinds, of repositories and of environments that match; None is any."""

    name: str
    target: Target
    kinds: frozenset[Kind]
    repositories: Pattern | None
    environments: Pattern | None
    created_at: int

    def wants(self, event: Event) -> bool:
        """A pattern says nothing of an event that has to do with no such thing."""
        return event.kind in self.kinds and all(
            pattern is None or not name or pattern.matches(name)
            for pattern, name in (
                (self.repositories, event.repository),
                (self.environments, event.environment),
            )
        )


class Progress(NamedTuple):
    """How a target takes what it is sent.

    `failures` are those since it last took something; none is tried before `retry_at`. `problem`
    is the last failure's reason. `dropped` letters were given up.
    """

    failures: int = 0
    retry_at: int = 0
    problem: str = ""
    delivered_at: int | None = None
    dropped: int = 0


class Backlog(NamedTuple):
    """How many letters wait, and when what the oldest tells happened."""

    letters: int
    oldest_at: int | None


class Letter(NamedTuple):
    """A message on its way. `refusals` are how often its target had an answer and did not take it.

    One that is put aside, until `retry_at`, lets later ones pass; 0 is in line.
    """

    id: int
    message: Message
    refusals: int
    retry_at: int


class Subscriptions(Protocol):
    """Subscriptions are few: every event looks at all of them."""

    def add(self, subscription: Subscription) -> None:
        """There is none of that name."""

    def find(self, name: str) -> Subscription | None: ...

    def all(self) -> list[Subscription]:
        """In order of their names."""

    def redirect(self, name: str, target: Target) -> None:
        """Its letters go there from now on. There is one of that name."""

    def remove(self, name: str) -> bool:
        """Remove it with its letters; False if there is none."""

    def progress(self, name: str) -> Progress:
        """That of a new one, if there is none of that name."""

    def note(self, name: str, progress: Progress) -> None:
        """Nothing, if there is none of that name."""


class Outbox(Protocol):
    """Letters, each of a subscription that exists."""

    def add(self, subscription: str, message: Message) -> None:
        """At the end of the line."""

    def next(self, subscription: str, now: int) -> Letter | None:
        """The first in line; without one, of those put aside the one whose time has come first."""

    def put_aside(self, letter_id: int, refusals: int, retry_at: int) -> None:
        """Note the refusals, and let it wait until then, or stay in line (0)."""

    def remove(self, letter_id: int) -> None:
        """No error if it is gone."""

    def backlog(self, subscription: str) -> Backlog: ...

    def drop(self, subscription: str, before: int, keep: int) -> int:
        """Remove letters of events from before that time, and the oldest beyond so many.

        A bounded number at a time; answers how many that were.
        """


class Leases(Protocol):
    """Who may do what only one process does at a time, of all that share the rows."""

    def take(self, name: str, holder: str, now: int, until: int) -> bool:
        """Have it until then; False while another holder has it."""


class Undelivered(Exception):
    """A message that its target has not taken. Its text may be seen by whoever administers.

    `cause` is that without what the target said, for logs. With `is_refusal` there was an answer,
    which may be about this message alone. `retry_after` is for how many seconds it asks to wait.
    """

    def __init__(
        self,
        cause: str,
        said: str = "",
        *,
        is_refusal: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{cause}: {said}" if said else cause)
        self.cause = cause
        self.is_refusal = is_refusal
        self.retry_after = retry_after


class Messenger(Protocol):
    """Brings messages to targets."""

    async def send(self, target: Target, message: Message) -> str:
        """Answers what the target said; raises Undelivered, within a minute."""
