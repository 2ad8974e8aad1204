"""Grants over HTTP: who may do what where.

Decides how a grant is named: by its subject and its pattern, in the query, so that what a caller
must administer is known before a body is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from longshore.api.context import Context
from longshore.api.management.fields import Page, Removed, Subject, VerbName
from longshore.api.messages import Request
from longshore.oci.names import NAME_LIMIT
from longshore.registry import administration, management, patterns
from longshore.registry import grants as granted
from longshore.registry.administration import Place
from longshore.registry.grants import Verb
from longshore.registry.patterns import PatternInvalid
from longshore.registry.refusals import Invalid

Pattern = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=NAME_LIMIT,
        description="Repositories: `team/app`, or with wildcards `team/**`; `**` is all.",
    ),
]
Verbs = Annotated[
    tuple[VerbName, ...],
    Meta(min_length=1, description="`push` and `delete` come with `pull`; `admin` with all."),
]


class Allowed(Struct, forbid_unknown_fields=True):
    """What an account may do, and where."""

    pattern: Pattern
    verbs: Verbs


AllowedList = Annotated[tuple[Allowed, ...], Meta(max_length=100)]


class Grant(Struct):
    """A subject, a pattern of repositories, and what is allowed there."""

    subject: str
    pattern: str
    verbs: list[VerbName]


class ChangedGrant(Grant):
    """`was_last_administrator`: from now on only the owner of the registry's machine manages it."""

    was_last_administrator: bool


class GrantKey(Struct):
    """What names a grant."""

    subject: Subject
    pattern: Pattern


class GrantedVerbs(Struct, forbid_unknown_fields=True):
    """What a grant allows. A subject that is in an htpasswd file only `may_be_unknown`."""

    verbs: Verbs
    may_be_unknown: bool = False


class GrantPage(Page):
    """Grants, of one subject if it is named."""

    subject: str = ""


class Grants(Struct):
    """A page may be short, or empty, and not the last: that one has no `next`."""

    grants: list[Grant]
    next: str | None


async def page(context: Context, request: Request, *, query: GrantPage) -> Grants:
    """Those that the caller may decide on."""
    last = Place(*query.last.partition(" ")[::2])
    found, place = await context.metadata.read(
        administration.page, request.caller, query.subject, last, query.limit
    )
    return Grants([shown(grant) for grant in found], place and " ".join(place))


async def put(
    context: Context, request: Request, *, query: GrantKey, body: GrantedVerbs
) -> ChangedGrant:
    pattern, verbs = values(Allowed(query.pattern, body.verbs))
    given = granted.Grant(query.subject, pattern, verbs)
    is_expected = not body.may_be_unknown
    was_last = await context.by(request).write(management.grant, given, is_expected=is_expected)
    return ChangedGrant(query.subject, query.pattern, _names(verbs), was_last)


async def remove(context: Context, request: Request, *, query: GrantKey) -> Removed:
    pattern = parse(query.pattern)
    return Removed(await context.by(request).write(management.revoke, query.subject, pattern))


def parse(text: str) -> patterns.Pattern:
    """Raises Invalid."""
    try:
        return patterns.Pattern.parse(text)
    except PatternInvalid as problem:
        raise Invalid(str(problem)) from None


def values(allowed: Allowed) -> management.Allowed:
    """Raises Invalid."""
    return management.Allowed(parse(allowed.pattern), frozenset(map(Verb, allowed.verbs)))


def shown(grant: granted.Grant) -> Grant:
    return Grant(grant.subject, str(grant.pattern), _names(grant.verbs))


def shown_allowed(grants: Iterable[granted.Grant]) -> list[Allowed]:
    """What an account may do, for its own description."""
    return [Allowed(str(grant.pattern), tuple(_names(grant.verbs))) for grant in grants]


def _names(verbs: Iterable[Verb]) -> list[VerbName]:
    return [verb.value for verb in Verb if verb in verbs]
