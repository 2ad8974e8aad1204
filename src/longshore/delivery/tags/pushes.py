"""Pushes: what every push and every deletion has to get past, whatever client it comes from.

Decides that a repository's policy is kept, and that environments see what moved, in the very
transaction that changes its tags: pushes at one time end as they would one after another. Without
a policy it is any registry's push.
"""

from __future__ import annotations

from collections.abc import Sequence

from longshore.delivery.environments import following
from longshore.delivery.ports import Transaction
from longshore.delivery.tags import placing, policies, protection
from longshore.delivery.tags.placing import Image, Placed
from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import audit, manifests, tags


def push(
    tx: Transaction,
    repository: RepositoryName,
    digest: Digest,
    manifest: Manifest,
    names: Sequence[Tag],
    terms: tags.Terms = tags.PUSHED,
) -> None:
    """As `registry.manifests.put`, and aliases move with their versions; raises Refused, too.

    The condition is on the tags that are named.
    """
    policy = policies.of(tx, repository) if names else None
    if policy is None:
        manifests.put(tx, repository, digest, manifest, names, terms)
        moved = list(names)
    else:
        image = Image(repository, digest, terms.origin)
        placed = placing.place(tx, policy, image, names)
        asked = [each.tag for each in placed.placements if each.tag in names]
        manifests.put(tx, repository, digest, manifest, asked, terms)
        moved = [*asked, *follow(tx, image, placed)]
    if moved:
        following.tag_moved(tx, repository, moved)


def follow(tx: Transaction, image: Image, placed: Placed) -> list[Tag]:
    """Move tags that nobody named, because a rule says so; answers which."""
    terms = tags.Terms(origin=image.origin, cause="rule")
    moves = [each for each in placed.moves if each.cause == "rule"]
    for each in moves:
        tags.point(tx, image.repository, each.tag, image.digest, terms)
        detail = {"digest": image.digest, "former": each.former, "reason": each.reason}
        audit.record(tx, "tag.follow", f"{image.repository}:{each.tag}", **detail)
    return [each.tag for each in moves]


def untag(tx: Transaction, repository: RepositoryName, tag: Tag) -> None:
    """As `registry.tags.delete`; raises Refused for a protected tag."""
    policy = policies.of(tx, repository)
    if policy and tx.tags.find(repository, tag):
        protection.require(tx, policy, tag)
    tags.delete(tx, repository, tag)
    following.tag_moved(tx, repository, [tag])


def delete(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    """As `registry.manifests.delete`; raises Refused if one of its tags is protected."""
    policy = policies.of(tx, repository)
    names = tx.tags.of(repository, digest)
    if policy:
        for tag in names:
            protection.require(tx, policy, tag)
    manifests.delete(tx, repository, digest)
    following.tag_moved(tx, repository, names)
