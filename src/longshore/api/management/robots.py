"""Robots over HTTP: programs, which log in with secrets that the registry makes.

Decides that a secret is shown once, in the reply to the request that made it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from longshore.api.context import Context
from longshore.api.management import accounts
from longshore.api.management.accounts import Account, NewAccount
from longshore.api.management.fields import (
    Change,
    Changed,
    Instant,
    Page,
    Removed,
    Text,
    instant,
    instant_or_none,
    milliseconds_of,
)
from longshore.api.messages import Request
from longshore.registry import directory, management, profiles, secrets
from longshore.registry.profiles import Profile


class Secret(Struct, kw_only=True):
    """A secret, without what is secret of it. No `expires_at` is for ever."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class Robot(Account, kw_only=True):
    """A program."""

    secrets: list[Secret]


class NewSecret(Struct, kw_only=True, forbid_unknown_fields=True):
    """A secret that is to be; `label` says what for."""

    label: Text = ""
    expires_at: Instant | None = None


class NewRobot(NewAccount, kw_only=True):
    """A program that is to be, with one secret that expires then, or never."""

    expires_at: Instant | None = None


class AddedSecret(Secret, kw_only=True):
    """A secret; `secret` is shown this once."""

    secret: str


class AddedRobot(Robot, kw_only=True):
    """A program; `secret` is shown this once.

    `is_first`: from now on nobody may do anything that was not granted.
    """

    secret: str
    is_first: bool


class Robots(Struct):
    """A page; `next` is the `last` of the following one."""

    robots: list[Robot]
    next: str | None


class Secrets(Struct):
    """All secrets of a robot."""

    secrets: list[Secret]


async def page(context: Context, request: Request, *, query: Page) -> Robots:
    found, more = await context.metadata.read(profiles.page, "robot", query.last, query.limit)
    robots = [_robot(profile) for profile in found]
    return Robots(robots, robots[-1].name if more else None)


async def add(context: Context, request: Request, *, body: NewRobot) -> AddedRobot:
    text, secret = _secret("", body.expires_at)
    added = await context.by(request).write(management.add_robot, body.newcomer(), secret)
    return AddedRobot(
        **accounts.shown(added.profile),
        secrets=list(map(shown, added.profile.secrets)),
        secret=text,
        is_first=added.is_first,
    )


async def find(context: Context, request: Request, name: str) -> Robot:
    return _robot(await context.metadata.read(profiles.find, name, "robot"))


async def change(context: Context, request: Request, name: str, *, body: Change) -> Changed:
    return await accounts.change(context, request, name, "robot", body)


async def remove(context: Context, request: Request, name: str) -> Removed:
    return await accounts.remove(context, request, name, "robot")


async def list_secrets(context: Context, request: Request, name: str) -> Secrets:
    profile = await context.metadata.read(profiles.find, name, "robot")
    return Secrets(list(map(shown, profile.secrets)))


async def add_secret(
    context: Context, request: Request, name: str, *, body: NewSecret
) -> AddedSecret:
    text, secret = _secret(body.label, body.expires_at)
    added = await context.by(request).write(management.add_secret, name, secret)
    return AddedSecret(**_fields(added), secret=text)


async def remove_secret(context: Context, request: Request, name: str, secret_id: str) -> None:
    await context.by(request).write(management.remove_secret, name, secret_id)


def _secret(label: str, expires_at: datetime | None) -> tuple[str, management.NewSecret]:
    """A new secret, and what is kept of it."""
    text = secrets.new(secrets.Kind.ROBOT)
    digest = secrets.digest_of(text)
    return text, management.NewSecret(digest, label, milliseconds_of(expires_at))


def _robot(profile: Profile) -> Robot:
    return Robot(**accounts.shown(profile), secrets=list(map(shown, profile.secrets)))


def shown(secret: directory.Secret) -> Secret:
    return Secret(**_fields(secret))


def _fields(secret: directory.Secret) -> dict[str, Any]:
    return {
        "id": secret.id,
        "label": secret.label,
        "created_at": instant(secret.created_at),
        "expires_at": instant_or_none(secret.expires_at),
        "last_used_at": instant_or_none(secret.last_used_at),
    }
