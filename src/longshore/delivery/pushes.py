"""Pushes: what every push and every deletion has to get past, whatever client it comes from.

Decides that a repository's policy is kept in the very transaction that changes its tags, so that
pushes at one time end as they would one after another. Without a policy it is any registry's push.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from longshore.delivery import placing, policies, protection
from longshore.delivery.placing import Placement
from longshore.delivery.ports import Transaction
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
    condition: tags.Condition = tags.ANY,
) -> None:
    """As `registry.manifests.put`, and aliases move with their versions; raises Refused, too.

    The condition is on the tags that are named.
    """
    policy = policies.of(tx, repository) if names else None
    if policy is None:
        manifests.put(tx, repository, digest, manifest, names, condition)
        return
    placed = placing.place(tx, policy, repository, digest, names)
    asked = [each.tag for each in placed.placements if each.tag in names]
    manifests.put(tx, repository, digest, manifest, asked, condition)
    follow(tx, repository, digest, (each for each in placed.moves if each.tag not in names))


def follow(
    tx: Transaction, repository: RepositoryName, digest: Digest, moves: Iterable[Placement]
) -> None:
    """Move tags that nobody named, because a rule says so."""
    for each in moves:
        if each.former != digest:
            tags.point(tx, repository, each.tag, digest)
            audit.record(
                tx,
                "tag.follow",
                f"{repository}:{each.tag}",
                digest=digest,
                former=each.former,
                reason=each.reason,
            )


def untag(tx: Transaction, repository: RepositoryName, tag: Tag) -> None:
    """As `registry.tags.delete`; raises Refused for a protected tag."""
    policy = policies.of(tx, repository)
    if policy and tx.tags.find(repository, tag):
        protection.require(tx, policy, tag)
    tags.delete(tx, repository, tag)


def delete(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    """As `registry.manifests.delete`; raises Refused if one of its tags is protected."""
    policy = policies.of(tx, repository)
    if policy and policy.protections:
        for tag in tx.tags.of(repository, digest):
            protection.require(tx, policy, tag)
    manifests.delete(tx, repository, digest)
