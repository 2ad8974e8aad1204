"""Policies over HTTP: what a team decided about tags, for the repositories of a pattern.

Decides nothing but the form: a policy has the keys that it has in longshore.yaml, whose only
definition is `delivery.tags.rules`. It is named by its pattern, in the query.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from pydantic import ValidationError

from longshore.api.context import Context
from longshore.api.management.fields import Page
from longshore.api.management.grants import Pattern, parse
from longshore.api.messages import Request
from longshore.delivery.tags import policies
from longshore.delivery.tags.rules import Rules
from longshore.oci.names import RepositoryName
from longshore.registry.refusals import Invalid

REASONS = 5  # of a policy that can not be, which a caller is told

_SCHEMA = Rules.model_json_schema(ref_template="#/components/schemas/{model}")
PARTS: dict[str, Any] = _SCHEMA.pop("$defs")
"""Schemas that the schema of a policy refers to."""

# No deeper than a policy is, so that nobody can nest what is read.
Value = str | bool | list[str]
Document = Annotated[dict[str, Value | dict[str, Value]], Meta(extra_json_schema=_SCHEMA)]


class PolicyKey(Struct):
    """What names a policy."""

    pattern: Pattern


class NewPolicy(Struct, forbid_unknown_fields=True):
    """The keys of longshore.yaml that are about tags; what is left out is as there."""

    policy: Document


class Policy(Struct):
    """A policy as it was written, and for which repositories."""

    pattern: str
    policy: Document


class Policies(Struct):
    """A page may be short, or empty, and not the last: that one has no `next`."""

    policies: list[Policy]
    next: str | None


class PolicyInForce(Struct):
    """The policy of a repository, and the pattern that gave it; null where anything goes."""

    pattern: str | None
    policy: Document | None


async def page(context: Context, request: Request, *, query: Page) -> Policies:
    """Those that the caller may decide on."""
    found, following = await context.metadata.read(
        policies.page, request.caller, query.last, query.limit
    )
    return Policies([Policy(one.pattern, _document(one)) for one in found], following)


async def put(context: Context, request: Request, *, query: PolicyKey, body: NewPolicy) -> Policy:
    pattern, rules = parse(query.pattern), read(body.policy)
    await context.by(request).write(policies.put, pattern, rules)
    return Policy(pattern, body.policy)


async def remove(context: Context, request: Request, *, query: PolicyKey) -> None:
    await context.by(request).write(policies.remove, parse(query.pattern))


async def find(context: Context, request: Request, repository: str) -> PolicyInForce:
    found = await context.metadata.read(policies.find, RepositoryName(repository))
    return PolicyInForce(found.pattern, _document(found)) if found else PolicyInForce(None, None)


def read(document: Document) -> Rules:
    """Raises Invalid, with what is wrong at which key."""
    try:
        return Rules.model_validate(_frozen(document), strict=True)
    except ValidationError as problem:
        reasons = [
            f"{'.'.join(map(str, one['loc'])) or 'policy'}: {one['msg']}"
            for one in problem.errors(include_url=False)[:REASONS]
        ]
        raise Invalid(f"the policy can not be: {'; '.join(reasons)}"[:1000]) from None


def _frozen(value: object) -> object:
    """With its lists as tuples, which a list is not to who is strict about types."""
    if isinstance(value, dict):
        return {key: _frozen(one) for key, one in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _document(found: policies.Found) -> Document:
    return msgspec.json.decode(found.document, type=Document)
