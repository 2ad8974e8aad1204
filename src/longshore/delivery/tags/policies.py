"""Policies: which a repository has, and who said so.

Decides which policy counts where several patterns match: the most specific. It is kept as it was
written, so that what nobody said follows the release. A repository without one is as anywhere.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from longshore.delivery.ports import PolicyRow, Transaction
from longshore.delivery.tags.policy import Policy
from longshore.delivery.tags.rules import Rules
from longshore.oci.names import RepositoryName
from longshore.registry import audit
from longshore.registry.access import Caller
from longshore.registry.patterns import Pattern
from longshore.registry.refusals import Unknown

KNOWN = 256  # policies that are kept read


class Found(NamedTuple):
    """The policy of a repository, and the pattern that gave it."""

    pattern: Pattern
    document: str

    @property
    def policy(self) -> Policy:
        return _read(self.document)


def put(tx: Transaction, pattern: Pattern, rules: Rules) -> None:
    """Let the repositories of the pattern have this policy, in place of the one they had by it."""
    row = PolicyRow(pattern, rules.model_dump_json(exclude_unset=True))
    tx.policies.put(row)
    audit.record(tx, "policy.set", pattern, policy=rules.document())


def remove(tx: Transaction, pattern: Pattern) -> None:
    """Raises Unknown."""
    if not tx.policies.remove(pattern):
        raise Unknown(f"there is no policy for {pattern}")
    audit.record(tx, "policy.remove", pattern)


def page(
    tx: Transaction, caller: Caller, last: str, limit: int
) -> tuple[list[Found], Pattern | None]:
    """Policies after the pattern `last` that the caller may decide on, and after which to go on.

    A page may be short and not the last.
    """
    found = tx.policies.page(last, limit + 1)
    mine = [Found(*row) for row in found[:limit] if caller.administers(row.pattern)]
    return mine, found[limit - 1].pattern if len(found) > limit else None


def find(tx: Transaction, repository: RepositoryName) -> Found | None:
    """That of the most specific pattern that matches, if any does."""
    covering = tx.policies.covering(repository)
    if not covering:
        return None
    row = tx.policies.find(max(covering, key=lambda pattern: pattern.specificity))
    return Found(*row) if row else None


def of(tx: Transaction, repository: RepositoryName) -> Policy | None:
    """What decides about the tags of the repository; None where anything goes."""
    found = find(tx, repository)
    return found.policy if found else None


@functools.lru_cache(maxsize=KNOWN)
def _read(document: str) -> Policy:
    return Rules.model_validate_json(document).to_policy()
