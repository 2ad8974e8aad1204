"""Restoring: a tag goes back to what it was, and what was deleted comes back with it.

Decides what that is, and whether all of it is still there: an image comes back whole or not at
all. Looking and doing are two steps, so that a user can look first and shipping rules can come
between.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.oci import manifest as oci
from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import audit, moves, quotas, tags
from longshore.registry.history import UNKNOWN, Origin
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredManifest
from longshore.registry.refusals import Gone, Unknown
from longshore.registry.tags import Terms

MOVES_LOOKED_AT = 1000  # of a tag, for where an image came from


class Restoration(NamedTuple):
    """The tag names `former`, and is to name `digest`; both may be the same.

    `revived` are deleted manifests that have to come back for that, each after what it needs.
    """

    repository: RepositoryName
    tag: Tag
    former: Digest | None
    digest: Digest
    revived: tuple[StoredManifest, ...]


def plan(
    tx: Transaction, repository: RepositoryName, tag: Tag, digest: Digest | None = None
) -> Restoration:
    """What has to be done for the tag to name this manifest, or what it was before it last moved.

    Raises Unknown if there is nothing to go back to, and Gone if that is not there any more.
    """
    wanted = digest or _before(tx, repository, tag)
    revived: dict[Digest, StoredManifest] = {}
    if tx.manifests.by_digest(repository, wanted) is None:
        _revive(tx, repository, wanted, revived)
    former = tx.tags.find(repository, tag)
    return Restoration(repository, tag, former, wanted, tuple(revived.values()))


def _before(tx: Transaction, repository: RepositoryName, tag: Tag) -> Digest:
    last = tx.history.last(repository, tag)
    if last is None and not moves.is_known(tx, repository):
        raise Unknown(f"there is no repository {repository}, and no history of one")
    if last is None:
        raise Unknown(
            f"the history of {repository}:{tag} has no move: name the digest that it shall have"
        )
    if last.former is None:
        raise Unknown(
            f"{repository}:{tag} named no image before: name the digest that it shall have"
        )
    return last.former


def _revive(
    tx: Transaction,
    repository: RepositoryName,
    digest: Digest,
    revived: dict[Digest, StoredManifest],
) -> None:
    """Add the manifest to those that have to come back, after all that it needs of these."""
    stored = tx.trash.find(repository, digest)
    if stored is None or (stored.kept_until or 0) <= tx.now:
        raise Gone(
            f"{repository}@{digest} is gone: it was never here, or its undelete window has passed."
            " Push it again",
            detail={"digest": digest},
        )
    manifest = _parsed(stored)
    for missing in tx.manifests.missing(repository, manifest):
        if missing in manifest.children and tx.trash.find(repository, missing):
            if missing not in revived:
                _revive(tx, repository, missing, revived)
        else:
            raise Gone(
                f"{repository}@{digest} can not come back: {missing}, which it needs, is gone."
                " Push it again",
                detail={"digest": digest, "missing": missing},
            )
    revived[digest] = stored


def _parsed(stored: StoredManifest) -> Manifest:
    return oci.parse(stored.content, stored.media_type)


def restore(
    tx: Transaction, repository: RepositoryName, tag: Tag, digest: Digest | None = None
) -> Restoration:
    """Plan it and do it; raises Unknown, Gone and QuotaExceeded."""
    planned = plan(tx, repository, tag, digest)
    carry_out(tx, planned)
    return planned


def carry_out(tx: Transaction, planned: Restoration) -> None:
    """Do what was planned in this transaction; raises QuotaExceeded."""
    repository, tag, former, digest, revived = planned
    if revived and tx.repositories.add(repository):
        quotas.check(tx, repository)
    for stored in revived:
        tx.manifests.add(repository, stored.digest, _parsed(stored), tx.now + tx.grace)
        tx.trash.remove(repository, stored.digest)
    terms = Terms(origin=origin(tx, repository, tag, digest), cause="restore")
    tags.point(tx, repository, tag, digest, terms)
    if former != digest:
        audit.record(tx, "tag.restore", f"{repository}:{tag}", digest=digest, former=former)


def origin(tx: Transaction, repository: RepositoryName, tag: Tag, digest: Digest) -> Origin:
    """Where the image came from when the tag last came to name it."""
    found = tx.history.page(repository, tag, None, MOVES_LOOKED_AT)
    return next((move.origin for move in found if move.digest == digest), UNKNOWN)
