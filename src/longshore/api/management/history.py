"""The history of tags over HTTP, and going back in it.

Decides nothing but the form: a page goes from new to old, and a restoration can be asked for
without doing it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from longshore.api.context import Context
from longshore.api.management.fields import instant
from longshore.api.messages import Request
from longshore.delivery.tags import restoring
from longshore.oci import names
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.oci.names import RepositoryName
from longshore.registry import history, moves
from longshore.registry.history import Cause
from longshore.registry.refusals import Invalid
from longshore.registry.restoring import Restoration

Tag = Annotated[str, Meta(description="A tag of the repository.")]
DigestText = Annotated[str, Meta(description="Of a manifest: `sha256:…`.")]


class MovePage(Struct):
    """Moves before the id `last`, of one tag if it is named."""

    tag: Tag = ""
    last: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Move(Struct):
    """A tag came to name another manifest, or none; and what caused it.

    `actor`, `identity` and `request_id` are those of the audit log. The last three are what the
    image says of itself.
    """

    id: int
    at: datetime
    tag: str
    former: str | None = field(name="from")
    digest: str | None = field(name="to")
    cause: Cause
    actor: str
    identity: str
    request_id: str
    revision: str
    source: str
    branch: str


class Moves(Struct):
    """A page, the newest first; `next` is the `last` of the following one."""

    moves: list[Move]
    next: int | None


class Wanted(Struct, forbid_unknown_fields=True):
    """A tag, and what it shall name: without a digest, what it was before it last moved.

    With `dry_run` nothing changes.
    """

    tag: Tag
    digest: DigestText | None = None
    dry_run: bool = False


class Restored(Struct):
    """What the tag named, and what it names now; `revived` are deleted manifests that came back."""

    repository: str
    tag: str
    former: str | None = field(name="from")
    digest: str = field(name="to")
    revived: list[str]
    dry_run: bool


async def page(context: Context, request: Request, name: str, *, query: MovePage) -> Moves:
    tag = _tag(query.tag) if query.tag else None
    found, more = await context.metadata.read(
        moves.page, RepositoryName(name), tag, query.last, query.limit
    )
    return Moves([_shown(move) for move in found], found[-1].id if more else None)


async def restore(context: Context, request: Request, name: str, *, body: Wanted) -> Restored:
    repository, tag = RepositoryName(name), _tag(body.tag)
    digest = _digest(body.digest) if body.digest is not None else None
    if body.dry_run:
        planned = await context.metadata.read(restoring.plan, repository, tag, digest)
    else:
        metadata = context.by(request)
        planned = await metadata.write(restoring.restore, repository, tag, digest)
    return _restored(planned, dry_run=body.dry_run)


def _tag(text: str) -> names.Tag:
    """Raises Invalid."""
    try:
        return names.Tag.parse(text)
    except OCIError as problem:
        raise Invalid(str(problem)) from None


def _digest(text: str) -> Digest:
    """Raises Invalid."""
    try:
        return Digest.parse(text)
    except OCIError as problem:
        raise Invalid(str(problem)) from None


def _shown(move: history.Move) -> Move:
    actor = move.actor
    return Move(
        move.id,
        instant(move.at),
        move.tag,
        move.former,
        move.digest,
        move.cause,
        actor.name,
        actor.identity,
        actor.request_id,
        *move.origin,
    )


def _restored(planned: Restoration, *, dry_run: bool) -> Restored:
    repository, tag, former, digest, revived = planned
    return Restored(repository, tag, former, digest, [stored.digest for stored in revived], dry_run)
