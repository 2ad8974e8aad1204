"""Quotas: how much the repositories of a pattern may hold, and how many there may be.

Decides when a push is too much: a blob counts in each repository that holds it, and a manifest's
own bytes do not. It is looked at in the transaction of the push, so that pushes at one time do not
exceed a quota together, and before the bytes come, so that few come for nothing.
"""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.errors import QuotaExceeded
from longshore.oci.names import RepositoryName
from longshore.registry import audit
from longshore.registry.directory import Quota, Usage
from longshore.registry.patterns import Pattern
from longshore.registry.ports import Transaction
from longshore.registry.refusals import Invalid, Unknown

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def page(tx: Transaction, last: str, limit: int) -> tuple[list[tuple[Quota, Usage]], bool]:
    """Quotas after the pattern `last`, with what is used of each, and whether there are more."""
    found = tx.quotas.page(last, limit + 1)
    used = [(quota, tx.quotas.used(quota.pattern)) for quota in found[:limit]]
    return used, len(found) > limit


def put(tx: Transaction, quota: Quota) -> Usage:
    """Set it, in place of one for the same pattern; answers what is used. Raises Invalid."""
    if "*" in quota.pattern.removesuffix("**"):
        raise Invalid(
            f"a quota is for a repository and what is below it, or for all below a name, such as"
            f" team/**; it can not be for {quota.pattern}"
        )
    if quota.bytes is None and quota.repositories is None:
        raise Invalid("a quota limits bytes, repositories, or both")
    tx.quotas.put(quota)
    limits = {"bytes": quota.bytes, "repositories": quota.repositories}
    audit.record(tx, "quota.set", quota.pattern, **limits)
    return tx.quotas.used(quota.pattern)


def remove(tx: Transaction, pattern: Pattern) -> None:
    """Raises Unknown."""
    if not tx.quotas.remove(pattern):
        raise Unknown(f"there is no quota for {pattern}")
    audit.record(tx, "quota.remove", pattern)


def require(
    tx: Transaction, repository: RepositoryName, length: int, digest: Digest | None
) -> None:
    """Look whether a blob that is about to come would be too much; raises QuotaExceeded.

    One that is there already never is.
    """
    if digest is None or tx.blobs.find(repository, digest) is None:
        check(tx, repository, length)


def check(tx: Transaction, repository: RepositoryName, length: int = 0) -> None:
    """Look at what there is, with so many bytes more; raises QuotaExceeded."""
    for quota in tx.quotas.covering(repository):
        used = tx.quotas.used(quota.pattern)
        if quota.bytes is not None and used.bytes + length > quota.bytes:
            limit, needed = _shown(quota.bytes), _shown(used.bytes + length)
            raise QuotaExceeded(
                f"the quota of {quota.pattern} is {limit}, and this push would make it {needed}:"
                " delete what is not needed any more, or ask an administrator for more",
                detail={"pattern": quota.pattern, "bytes": quota.bytes},
            )
        if quota.repositories is not None and used.repositories > quota.repositories:
            raise QuotaExceeded(
                f"{quota.pattern} may have {quota.repositories} repositories, and has them:"
                " delete one, or ask an administrator for more",
                detail={"pattern": quota.pattern, "repositories": quota.repositories},
            )


def _shown(size: int) -> str:
    """For people, rounded up: what is a little too much shall not look like enough."""
    power = 0
    while size >= 1024 ** (power + 1) and power < len(_UNITS) - 1:
        power += 1
    if power == 0:
        return f"{size} bytes"
    tenths = -(-size * 10 // 1024**power)
    return f"{tenths // 10}.{tenths % 10} {_UNITS[power]}"
