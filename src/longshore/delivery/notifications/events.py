"""Events: what happened to a tag or in an environment that people want to be told of.

Decides which kinds there are, and how each is told in a sentence. Knows neither who wants to be
told nor how that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from longshore.registry.directory import SYSTEM

SHORT = len("sha256:") + 12  # of a digest, for people


class Kind(StrEnum):
    """What happened, in the word by which it is asked for."""

    DEPLOYED = "deployed"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    AWAITING_APPROVAL = "awaiting-approval"
    AGENT_LOST = "agent-lost"
    TAG_MOVED = "tag-moved"
    TAG_DELETED = "tag-deleted"
    TEST = "test"


WANTED = tuple(kind for kind in Kind if kind is not Kind.TEST)
"""What can be asked for."""

OF_TAGS = frozenset({Kind.TAG_MOVED, Kind.TAG_DELETED})
OF_ENVIRONMENTS = frozenset(WANTED) - OF_TAGS


class Event(NamedTuple):
    """What happened, and to what; empty is whatever it has nothing to do with.

    `digest` is what the tag names, or the environment runs, from now on, and `former` what that was
    before; `revision` is the commit that it was built from. `reason` is a sentence, `host` the
    machine of an agent.
    """

    kind: Kind
    repository: str = ""
    tag: str = ""
    digest: str = ""
    former: str = ""
    revision: str = ""
    environment: str = ""
    host: str = ""
    reason: str = ""


class Message(NamedTuple):
    """An event as it is told: to everybody, and with each attempt, by the same id.

    `at` is when it happened, in milliseconds since the epoch; `actor` is who did it.
    """

    id: str
    at: int
    actor: str
    event: Event


def sentence(message: Message) -> str:
    """The whole of it for people, in one line."""
    event = message.event
    told = _SENTENCES[event.kind](event)
    place = f"{event.environment}: " if event.environment else ""
    reason = f": {event.reason}" if event.reason else ""
    by = "" if message.actor in {"", SYSTEM.name} else f" (by {message.actor})"
    whole = f"{place}{told}{reason}{by}"
    return " ".join("".join(one if one.isprintable() else " " for one in whole).split())


def _moved(event: Event) -> str:
    if not event.former:
        return f"{_image(event)} is new"
    return f"{_image(event)} has moved, from {event.former[:SHORT]}"


def _image(event: Event) -> str:
    tag = f":{event.tag}" if event.tag else ""
    digest = f" ({event.digest[:SHORT]})" if event.digest else ""
    return f"{event.repository}{tag}{digest}"


_SENTENCES: Mapping[Kind, Callable[[Event], str]] = {
    Kind.DEPLOYED: lambda event: f"{_image(event)} runs, and is healthy",
    Kind.FAILED: lambda event: f"{_image(event)} has failed",
    Kind.ROLLED_BACK: lambda event: f"it goes back to {_image(event)}",
    Kind.AWAITING_APPROVAL: lambda event: f"{_image(event)} awaits approval",
    Kind.AGENT_LOST: lambda event: f"nothing is heard from the agent on {event.host}",
    Kind.TAG_MOVED: _moved,
    Kind.TAG_DELETED: lambda event: f"{_image(event)} was deleted",
    Kind.TEST: lambda _: "this is a test: notifications arrive here",
}
