"""Quotas over HTTP: how much the repositories of a pattern may hold, and how much they do.

Decides nothing but the form. A quota is named by its pattern, in the query.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from longshore.api.context import Context
from longshore.api.management.fields import Page
from longshore.api.management.grants import Pattern, parse
from longshore.api.messages import Request
from longshore.registry import quotas
from longshore.registry.directory import Quota, Usage

Amount = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]


class QuotaKey(Struct):
    """What names a quota."""

    pattern: Pattern


class Limits(Struct, forbid_unknown_fields=True):
    """At least one of the two."""

    bytes: Amount | None = None
    repositories: Amount | None = None


class Used(Struct):
    """A blob counts in each repository that holds it."""

    bytes: int
    repositories: int


class QuotaUse(Struct):
    """A quota, and what is used of it."""

    pattern: str
    bytes: int | None
    repositories: int | None
    used: Used


class Quotas(Struct):
    """A page; `next` is the `last` of the following one."""

    quotas: list[QuotaUse]
    next: str | None


async def page(context: Context, request: Request, *, query: Page) -> Quotas:
    found, more = await context.metadata.read(quotas.page, query.last, query.limit)
    return Quotas([_shown(*one) for one in found], found[-1][0].pattern if more else None)


async def put(context: Context, request: Request, *, query: QuotaKey, body: Limits) -> QuotaUse:
    quota = Quota(parse(query.pattern), body.bytes, body.repositories)
    return _shown(quota, await context.by(request).write(quotas.put, quota))


async def remove(context: Context, request: Request, *, query: QuotaKey) -> None:
    await context.by(request).write(quotas.remove, parse(query.pattern))


def _shown(quota: Quota, used: Usage) -> QuotaUse:
    return QuotaUse(str(quota.pattern), quota.bytes, quota.repositories, Used(*used))
