"""Releases: an image that is there already gets names, all in one transaction.

Decides whose policy counts: the server's where it has one, else the one that came along, else the
sample approach. What becomes of the tags is `placing`'s to say, as for a push.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from longshore.delivery import naming, placing, policies
from longshore.delivery.errors import Refused
from longshore.delivery.placing import Placed
from longshore.delivery.policy import Policy
from longshore.delivery.ports import Transaction
from longshore.delivery.versions import Version
from longshore.oci.digest import Digest
from longshore.oci.names import Reference, RepositoryName, Tag
from longshore.registry import audit, manifests, tags
from longshore.registry.refusals import Invalid


class Wanted(NamedTuple):
    """Which image, and what it is to be called: versions as people write them, and tags."""

    reference: Reference
    versions: Sequence[str]
    tags: Sequence[Tag]
    policy: Policy | None = None


class Released(NamedTuple):
    """The image, whose policy decided, and what it said."""

    digest: Digest
    decided_by: Literal["server", "request", "sample"]
    placed: Placed


def preview(tx: Transaction, repository: RepositoryName, wanted: Wanted) -> Released:
    """What `release` would do; raises as it does."""
    digest = manifests.find(tx, repository, wanted.reference).digest
    stored = policies.of(tx, repository)
    policy = stored or wanted.policy or Policy()
    names = [*(_tag(policy, text) for text in wanted.versions), *wanted.tags]
    if not names:
        raise Invalid("a release has at least one version or tag")
    placed = placing.place(tx, policy, repository, digest, names)
    return Released(
        digest, "server" if stored else "request" if wanted.policy else "sample", placed
    )


def release(tx: Transaction, repository: RepositoryName, wanted: Wanted) -> Released:
    """Give the image these names; raises ManifestUnknown, Refused, and Invalid."""
    released = preview(tx, repository, wanted)
    moved = {
        each.tag: tags.point(tx, repository, each.tag, released.digest)
        for each in released.placed.moves
    }
    audit.record(tx, "release", f"{repository}@{released.digest}", tags=moved)
    return released


def _tag(policy: Policy, text: str) -> Tag:
    """The tag of a version; raises Refused for what is none."""
    version = Version.read(text, policy.variants.names)
    if version is None:
        raise Refused(naming.no_version(policy, text))
    return version.tag
