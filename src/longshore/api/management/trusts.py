"""Trusts over HTTP: builds that log in with the identity tokens of an issuer.

Decides which audience a trust has when none is named: the registry itself, by the address at
which it was asked, so that a token for one registry is no token for another.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from longshore.api.context import Context
from longshore.api.management import accounts
from longshore.api.management.accounts import Account, NewAccount
from longshore.api.management.fields import Change, Changed, Page, Removed
from longshore.api.messages import Request
from longshore.registry import management, profiles, trust
from longshore.registry.profiles import TrustProfile
from longshore.registry.trust import CLAIM_LIMIT

Condition = Annotated[str, Meta(min_length=1, max_length=CLAIM_LIMIT)]
Claims = Annotated[
    dict[Condition, Condition],
    Meta(description="What a token must claim; `*` is anything but `/`, `**` anything."),
]
URL = Annotated[str, Meta(max_length=CLAIM_LIMIT)]


class TrustPolicy(Account, kw_only=True):
    """Whoever has a token of this issuer, for this audience, with these claims."""

    issuer: str
    audience: str
    claims: dict[str, str]
    is_single_use: bool


class NewTrust(NewAccount, kw_only=True):
    """A trust that is to be; without `audience` it is the registry's own address."""

    issuer: URL
    claims: Claims
    audience: URL = ""
    is_single_use: bool = False


class Trusts(Struct):
    """A page; `next` is the `last` of the following one."""

    trusts: list[TrustPolicy]
    next: str | None


async def page(context: Context, request: Request, *, query: Page) -> Trusts:
    found, more = await context.metadata.read(profiles.page_of_trusts, query.last, query.limit)
    trusts = list(map(_shown, found))
    return Trusts(trusts, trusts[-1].name if more else None)


async def add(context: Context, request: Request, *, body: NewTrust) -> TrustPolicy:
    policy = trust.Trust(
        body.name,
        body.issuer,
        body.audience or request.base_url,
        tuple(sorted(body.claims.items())),
        body.is_single_use,
    )
    return _shown(await context.by(request).write(management.add_trust, body.newcomer(), policy))


async def find(context: Context, request: Request, name: str) -> TrustPolicy:
    return _shown(await context.metadata.read(profiles.find_trust, name))


async def change(context: Context, request: Request, name: str, *, body: Change) -> Changed:
    return await accounts.change(context, request, name, "trust", body)


async def remove(context: Context, request: Request, name: str) -> Removed:
    return await accounts.remove(context, request, name, "trust")


def _shown(found: TrustProfile) -> TrustPolicy:
    policy = found.trust
    return TrustPolicy(
        **accounts.shown(found.profile),
        issuer=policy.issuer,
        audience=policy.audience,
        claims=dict(policy.claims),
        is_single_use=policy.is_single_use,
    )
