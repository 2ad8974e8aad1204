"""Pushes: what every push and every deletion has to get past, whatever client it comes from.

Decides that a repository's policy is kept in the very transaction that changes its tags: pushes at
one time end as they would one after another. Without a policy it is any registry's push.
"""

from __future__ import annotations

from collections.abc import Sequence

from longshore.delivery.ports import Transaction
from longshore.delivery.tags import moves, placing, policies, protection
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
    if not names:
        manifests.put(tx, repository, digest, manifest, names, terms)
        return
    policy = policies.of(tx, repository)
    with moves.watched(tx, repository):
        if policy is None:
            manifests.put(tx, repository, digest, manifest, names, terms)
            return
        image = Image(repository, digest, terms.origin)
        placed = placing.place(tx, policy, image, names)
        asked = [each.tag for each in placed.placements if each.tag in names]
        manifests.put(tx, repository, digest, manifest, asked, terms)
        follow(tx, image, placed)


def follow(tx: Transaction, image: Image, placed: Placed) -> None:
    """Move tags that nobody named, because a rule says so; to be called where they are watched."""
    terms = tags.Terms(origin=image.origin, cause="rule")
    for each in placed.moves:
        if each.cause != "rule":
            continue
        tags.point(tx, image.repository, each.tag, image.digest, terms)
        detail = {"digest": image.digest, "former": each.former, "reason": each.reason}
        audit.record(tx, "tag.follow", f"{image.repository}:{each.tag}", **detail)


def untag(tx: Transaction, repository: RepositoryName, tag: Tag) -> None:
    """As `registry.tags.delete`; raises Refused for a protected tag."""
    policy = policies.of(tx, repository)
    if policy and tx.tags.find(repository, tag):
        protection.require(tx, policy, tag)
    with moves.watched(tx, repository):
        tags.delete(tx, repository, tag)


def delete(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    """As `registry.manifests.delete`; raises Refused if one of its tags is protected."""
    policy = policies.of(tx, repository)
    if policy:
        for tag in tx.tags.of(repository, digest):
            protection.require(tx, policy, tag)
    with moves.watched(tx, repository):
        manifests.delete(tx, repository, digest)
