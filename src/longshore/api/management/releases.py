"""Releases over HTTP: an image that is there gets versions and tags, and what follows them.

Decides nothing but the form: each tag with what becomes of it, and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct, field

from longshore.api import provenance
from longshore.api.context import Context
from longshore.api.management import policies
from longshore.api.management.policies import Document
from longshore.api.manifests import parse
from longshore.api.messages import Request
from longshore.delivery.tags import releases
from longshore.delivery.tags.placing import Placement
from longshore.delivery.tags.releases import By, Released, Wanted
from longshore.oci.digest import Digest
from longshore.oci.names import Reference, RepositoryName, Tag
from longshore.registry import manifests
from longshore.registry.refusals import Invalid

Names = Annotated[tuple[str, ...], Meta(max_length=100)]


class NewRelease(Struct, forbid_unknown_fields=True):
    """Names for the image of a digest or a tag: versions, such as 1.0.5, and other tags.

    A `policy` counts where the server has none. With `dry_run` nothing moves.
    """

    digest: str = ""
    tag: str = ""
    versions: Names = ()
    tags: Names = ()
    policy: Document | None = None
    dry_run: bool = False


class TagDecision(Struct):
    """What becomes of a tag, and why; `from` is what it named, and `to` what it names then."""

    tag: str
    moves: bool
    reason: str
    to: str | None
    former: str | None = field(name="from")


class Release(Struct):
    """The decisions in the order in which tags move, and whose policy they are by.

    Notes are what the caller may not have meant.
    """

    digest: str
    decided_by: By
    decisions: list[TagDecision]
    notes: list[str]


async def add(context: Context, request: Request, repository: str, *, body: NewRelease) -> Release:
    name, metadata = RepositoryName(repository), context.by(request)
    wanted = await _wanted(context, name, body)
    if body.dry_run:
        released = await metadata.read(releases.preview, name, wanted)
    else:
        released = await metadata.write(releases.release, name, wanted)
    decisions = [_shown(one) for one in released.placed.placements]
    return Release(
        released.image.digest, released.decided_by, decisions, list(_notes(body, released))
    )


async def _wanted(context: Context, repository: RepositoryName, body: NewRelease) -> Wanted:
    """With what the image says of itself, which is read before the transaction."""
    policy = None if body.policy is None else policies.read(body.policy).to_policy()
    names = tuple(map(Tag.parse, body.tags))
    stored = await context.metadata.read(manifests.find, repository, _reference(body))
    manifest = await parse(stored.content, stored.media_type)
    origin = await provenance.of(context, repository, manifest)
    return Wanted(stored.digest, body.versions, names, policy, origin)


def _notes(body: NewRelease, released: Released) -> Iterator[str]:
    yield from released.placed.hints
    if body.policy is not None and released.decided_by == "server":
        yield "the policy of the server decided, not the one that came along"


def _reference(body: NewRelease) -> Reference:
    """Raises Invalid, and what is raised for a digest or a tag that is none."""
    if bool(body.digest) == bool(body.tag):
        raise Invalid("name the image by its digest, or by a tag that it has")
    return Digest.parse(body.digest) if body.digest else Tag.parse(body.tag)


def _shown(one: Placement) -> TagDecision:
    return TagDecision(one.tag, one.moves, one.reason, one.named, one.former)
