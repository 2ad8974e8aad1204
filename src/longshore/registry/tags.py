"""Tags: names of manifests that move.

Decides what a tag points at and what becomes of the manifest it leaves: that is kept for the
grace, then looked at by the collector.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestUnknown, NameUnknown, TagMoved
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import audit
from longshore.registry.ports import Transaction


class Condition(NamedTuple):
    """What a tag must be before it moves (RFC 9110, section 13: If-None-Match: *, and If-Match)."""

    is_absent: bool = False
    among: frozenset[str] | None = None  # digests; `*` is any

    def allows(self, former: Digest | None) -> bool:
        if former is None:
            return self.among is None
        return not self.is_absent and (
            self.among is None or former in self.among or "*" in self.among
        )


ANY = Condition()


def point(
    tx: Transaction,
    repository: RepositoryName,
    tag: Tag,
    digest: Digest,
    condition: Condition = ANY,
) -> Digest | None:
    """Make the tag a name of a manifest that the repository holds; answers what it named.

    Raises TagMoved.
    """
    former = tx.tags.find(repository, tag)
    if not condition.allows(former):
        raise TagMoved(detail={"tag": tag, "digest": former})
    if former == digest:
        return former
    tx.tags.point(repository, tag, digest)
    if former is not None:
        tx.manifests.keep(repository, former, tx.now + tx.grace)
    return former


def page(
    tx: Transaction, repository: RepositoryName, last: str, limit: int
) -> tuple[list[Tag], bool]:
    """Tags after `last`, and whether there are more; raises NameUnknown."""
    if not tx.repositories.has_manifests(repository):
        raise NameUnknown(detail={"name": repository})
    found = tx.tags.page(repository, last, limit + 1)
    return found[:limit], len(found) > limit


def delete(tx: Transaction, repository: RepositoryName, tag: Tag) -> None:
    """Remove the name and only that; raises ManifestUnknown."""
    former = tx.tags.find(repository, tag)
    if former is None:
        raise ManifestUnknown(detail={"name": repository, "reference": tag})
    tx.tags.remove(repository, tag)
    tx.manifests.keep(repository, former, tx.now + tx.grace)
    audit.record(tx, "tag.delete", f"{repository}:{tag}", digest=former)
