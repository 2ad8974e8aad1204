"""Restoring, by the rules of a push: what goes back has to get past the repository's policy.

Decides nothing of its own. A version that comes back takes its aliases along, and an alias does not
go back behind the versions that there are.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.delivery.ports import Transaction
from longshore.delivery.tags import moves, placing, policies, pushes
from longshore.delivery.tags.placing import Image, Placed
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import restoring
from longshore.registry.restoring import Restoration


class _Planned(NamedTuple):
    restoration: Restoration
    image: Image
    placed: Placed


def plan(
    tx: Transaction, repository: RepositoryName, tag: Tag, digest: Digest | None = None
) -> Restoration:
    """As `registry.restoring.plan`; raises Refused, too."""
    return _plan(tx, repository, tag, digest).restoration


def restore(
    tx: Transaction, repository: RepositoryName, tag: Tag, digest: Digest | None = None
) -> Restoration:
    """As `registry.restoring.restore`, and aliases move with a version; raises Refused, too."""
    planned = _plan(tx, repository, tag, digest)
    with moves.watched(tx, repository):
        restoring.carry_out(tx, planned.restoration)
        pushes.follow(tx, planned.image, planned.placed)
    return planned.restoration


def _plan(tx: Transaction, repository: RepositoryName, tag: Tag, digest: Digest | None) -> _Planned:
    found = restoring.plan(tx, repository, tag, digest)
    image = Image(repository, found.digest, restoring.origin(tx, repository, tag, found.digest))
    policy = policies.of(tx, repository)
    placed = placing.place(tx, policy, image, [tag]) if policy else Placed((), ())
    return _Planned(found, image, placed)
