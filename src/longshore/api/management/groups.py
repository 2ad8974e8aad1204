"""Groups over HTTP: who belongs together. Grants name one as `@group`.

Decides nothing but the form: a group is there as long as it has members.
"""

from __future__ import annotations

from msgspec import Struct

from longshore.api.context import Context
from longshore.api.management.fields import Page, Removed
from longshore.api.messages import Request
from longshore.registry import administration, management, profiles


class Group(Struct):
    """A group, and how many are in it."""

    name: str
    size: int


class Groups(Struct):
    """A page; `next` is the `last` of the following one."""

    groups: list[Group]
    next: str | None


class Members(Struct):
    """All members of a group."""

    name: str
    members: list[str]


class NewMember(Struct, forbid_unknown_fields=True):
    """Somebody who is in an htpasswd file only `may_be_unknown`."""

    may_be_unknown: bool = False


async def page(context: Context, request: Request, *, query: Page) -> Groups:
    found, more = await context.metadata.read(profiles.page_of_groups, query.last, query.limit)
    return Groups([Group(*group) for group in found], found[-1].name if more else None)


async def find(context: Context, request: Request, name: str) -> Members:
    return Members(name, await context.metadata.read(profiles.members, name))


async def add_member(
    context: Context, request: Request, name: str, account: str, *, body: NewMember
) -> None:
    is_expected = not body.may_be_unknown
    metadata = context.by(request)
    await metadata.write(administration.add_member, name, account, is_expected=is_expected)


async def remove_member(context: Context, request: Request, name: str, account: str) -> Removed:
    return Removed(await context.by(request).write(management.remove_member, name, account))
