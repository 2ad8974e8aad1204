"""Users over HTTP: people, who log in with a password.

Decides that a password comes in a body, is checked, and is hashed before any transaction begins.
"""

from __future__ import annotations

from msgspec import Struct

from longshore.api.context import Context
from longshore.api.management import accounts
from longshore.api.management.accounts import Account, NewAccount
from longshore.api.management.fields import Change, Changed, Page, Password, Removed
from longshore.api.messages import Request
from longshore.registry import management, profiles
from longshore.registry.accounts import change_password, check_name, check_password


class User(Account):
    """A person."""


class NewUser(NewAccount, kw_only=True):
    """A person who is to log in with this password."""

    password: Password


class AddedUser(Account, kw_only=True):
    """A person. `is_first`: from now on nobody may do anything that was not granted."""

    is_first: bool


class Users(Struct):
    """A page; `next` is the `last` of the following one."""

    users: list[User]
    next: str | None


class NewPassword(Struct, forbid_unknown_fields=True):
    """A password for a user. Clients that are logged in with the former one are logged out."""

    password: Password


async def page(context: Context, request: Request, *, query: Page) -> Users:
    found, more = await context.metadata.read(profiles.page, "user", query.last, query.limit)
    users = [User(**accounts.shown(profile)) for profile in found]
    return Users(users, users[-1].name if more else None)


async def add(context: Context, request: Request, *, body: NewUser) -> AddedUser:
    new = body.newcomer()
    check_name(new.name)
    check_password(new.name, body.password)
    hashed = await context.authenticator.hash(body.password)
    added = await context.by(request).write(management.add_user, new, hashed)
    return AddedUser(**accounts.shown(added.profile), is_first=added.is_first)


async def find(context: Context, request: Request, name: str) -> User:
    return User(**accounts.shown(await context.metadata.read(profiles.find, name, "user")))


async def set_password(context: Context, request: Request, name: str, *, body: NewPassword) -> None:
    check_password(name, body.password)
    hashed = await context.authenticator.hash(body.password)
    await context.by(request).write(change_password, name, hashed)


async def change(context: Context, request: Request, name: str, *, body: Change) -> Changed:
    return await accounts.change(context, request, name, "user", body)


async def remove(context: Context, request: Request, name: str) -> Removed:
    return await accounts.remove(context, request, name, "user")
