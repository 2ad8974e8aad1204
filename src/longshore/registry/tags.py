"""Tags: names of manifests that move.

Decides what a tag points at, what of that goes into its history, and what becomes of the manifest
it leaves: that is kept for the undelete window, or for the grace if that is longer, and then looked
at by the collector.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestUnknown, NameUnknown, TagMoved
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import audit, moves
from longshore.registry.history import UNKNOWN, Cause, Move, Origin
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


class Terms(NamedTuple):
    """What must hold for a tag to move, and what its history says of why, and of the image."""

    condition: Condition = ANY
    origin: Origin = UNKNOWN
    cause: Cause = "push"


PUSHED = Terms()


def point(
    tx: Transaction,
    repository: RepositoryName,
    tag: Tag,
    digest: Digest,
    terms: Terms = PUSHED,
) -> Digest | None:
    """Make the tag a name of a manifest that the repository holds; answers what it named.

    Raises TagMoved.
    """
    former = tx.tags.find(repository, tag)
    if not terms.condition.allows(former):
        raise TagMoved(detail={"tag": tag, "digest": former})
    if former == digest:
        return former
    tx.tags.point(repository, tag, digest)
    if former is not None:
        tx.manifests.keep(repository, former, moves.kept_until(tx))
    _record(tx, repository, tag, former, digest, terms)
    return former


def _record(
    tx: Transaction,
    repository: RepositoryName,
    tag: Tag,
    former: Digest | None,
    digest: Digest | None,
    terms: Terms,
) -> None:
    because = terms.cause, tx.actor, terms.origin
    tx.history.add(Move(0, tx.now, repository, tag, former, digest, *because))


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
    tx.manifests.keep(repository, former, moves.kept_until(tx))
    _record(tx, repository, tag, former, None, Terms(cause="delete"))
    audit.record(tx, "tag.delete", f"{repository}:{tag}", digest=former)


def delete_all_of(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    """Remove every name of a manifest that is about to go."""
    for tag in tx.tags.of(repository, digest):
        tx.tags.remove(repository, tag)
        _record(tx, repository, tag, digest, None, Terms(cause="manifest-delete"))
