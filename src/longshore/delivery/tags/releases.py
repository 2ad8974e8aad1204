"""Releases: an image that is there already gets names, all in one transaction.

Decides whose policy counts: the server's where it has one, else the one that came along, else the
sample approach. A version that is there already takes its aliases along, too. What becomes of the
tags is `placing`'s to say, as for a push.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from longshore.delivery.errors import Refused
from longshore.delivery.ports import Transaction
from longshore.delivery.tags import moves, naming, placing, policies
from longshore.delivery.tags.placing import Image, Placed
from longshore.delivery.tags.policy import Policy
from longshore.delivery.tags.versions import Version
from longshore.oci.names import Reference, RepositoryName, Tag
from longshore.registry import audit, manifests, tags
from longshore.registry.history import UNKNOWN, Origin
from longshore.registry.refusals import Invalid

By = Literal["server", "request", "sample"]


class Wanted(NamedTuple):
    """Which image, and what it is to be called: versions as people write them, and tags.

    The origin is what the image says; the policy counts where the registry has none.
    """

    reference: Reference
    versions: Sequence[str]
    tags: Sequence[Tag]
    policy: Policy | None = None
    origin: Origin = UNKNOWN


class Released(NamedTuple):
    """The image, whose policy decided, and what it said."""

    image: Image
    decided_by: By
    placed: Placed


def preview(tx: Transaction, repository: RepositoryName, wanted: Wanted) -> Released:
    """What `release` would do; raises as it does."""
    digest = manifests.find(tx, repository, wanted.reference).digest
    stored = policies.of(tx, repository)
    policy = stored or wanted.policy or Policy()
    names = [*(_tag(policy, text) for text in wanted.versions), *wanted.tags]
    if not names:
        raise Invalid("a release has at least one version or tag")
    image = Image(repository, digest, wanted.origin)
    decided_by: By = "server" if stored else "request" if wanted.policy else "sample"
    return Released(image, decided_by, placing.place(tx, policy, image, names, mends=True))


def release(tx: Transaction, repository: RepositoryName, wanted: Wanted) -> Released:
    """Give the image these names; raises ManifestUnknown, Refused, and Invalid."""
    released = preview(tx, repository, wanted)
    image = released.image
    moved = {}
    with moves.watched(tx, repository):
        for each in released.placed.moves:
            terms = tags.Terms(origin=image.origin, cause=each.cause)
            moved[each.tag] = tags.point(tx, repository, each.tag, image.digest, terms)
    audit.record(tx, "release", f"{repository}@{image.digest}", tags=moved)
    return released


def _tag(policy: Policy, text: str) -> Tag:
    """The tag of a version; raises Refused for what is none."""
    version = Version.read(text, policy.variants.names)
    if version is None:
        raise Refused(naming.no_version(policy, text))
    return version.tag
