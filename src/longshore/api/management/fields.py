"""What the bodies, replies and queries of several operations have in common.

Decides how names, times and pages are written in JSON. The rules have the last word on what they
may be: what is said here is what a client can be told beforehand.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from longshore.registry.accounts import LONGEST_PASSWORD, NAME, SHORTEST_PASSWORD
from longshore.registry.refusals import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Described here, and refused by the rules, which say so in words.
Name = Annotated[
    str,
    Meta(
        description="Of an account, or of a group.",
        extra_json_schema={"pattern": f"^{NAME}$"},
    ),
]
Subject = Annotated[
    str,
    Meta(
        description="An account, `@group`, `authenticated` for every account, or `anonymous`.",
        extra_json_schema={"pattern": f"^@?{NAME}$"},
    ),
]
Password = Annotated[
    str,
    Meta(extra_json_schema={"minLength": SHORTEST_PASSWORD, "maxLength": LONGEST_PASSWORD}),
]
Text = Annotated[str, Meta(max_length=200, pattern="^[^\\x00-\\x1f\\x7f]*$")]
Instant = Annotated[datetime, Meta(tz=True)]
VerbName = Literal["pull", "push", "delete", "admin"]


class Page(Struct):
    """Which entries of a listing are wanted: so many, after that one."""

    last: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Empty(Struct, forbid_unknown_fields=True):
    """An object without fields."""


class Change(Struct, forbid_unknown_fields=True):
    """What of an account is to change."""

    is_enabled: bool


class Changed(Struct):
    """An account after a change.

    `was_last_administrator`: from now on only the owner of the registry's machine manages it.
    """

    name: str
    is_enabled: bool
    was_last_administrator: bool


class Removed(Struct):
    """What a removal means.

    `was_last_administrator`: from now on only the owner of the registry's machine manages it.
    """

    was_last_administrator: bool


def instant(milliseconds: int) -> datetime:
    """From the registry's time to JSON's (RFC 3339)."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def instant_or_none(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else instant(milliseconds)


def milliseconds_of(moment: datetime | None) -> int | None:
    """Raises Invalid for what is no time that can come."""
    if moment is None:
        return None
    if moment.year < _EPOCH.year:
        raise Invalid("a time before 1970 is over")
    return (moment - _EPOCH) // timedelta(milliseconds=1)
