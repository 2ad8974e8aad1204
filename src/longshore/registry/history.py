"""The history of tags: what each named and when, who moved it and why, and what may come back.

Ports, as those in `ports`, and the values they deal in. A move is written in the transaction that
makes it, and never changed. A manifest that was deleted waits in the trash, out of everybody's
sight, until its undelete window has passed. Times are milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, Self

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.directory import Actor
from longshore.registry.records import StoredManifest

# image-spec, "Pre-Defined Annotation Keys"; the last is Longshore's own.
REVISION_KEY = "org.opencontainers.image.revision"
SOURCE_KEY = "org.opencontainers.image.source"
BRANCH_KEY = "longshore.branch"

LONGEST_VALUE = 300  # characters of what an image says of itself

# A rule of shipping moves an alias with a version; "manifest-delete" takes a manifest's tags along.
Cause = Literal["push", "rule", "delete", "manifest-delete", "restore"]


class Origin(NamedTuple):
    """Where an image says that it comes from; "" is what it does not say."""

    revision: str = ""
    source: str = ""
    branch: str = ""

    @classmethod
    def told(cls, labels: Mapping[str, object]) -> Self:
        """What labels, or annotations, say of it. Anybody may have written them."""
        return cls(*(_line(labels.get(key)) for key in (REVISION_KEY, SOURCE_KEY, BRANCH_KEY)))

    def or_else(self, other: Origin) -> Origin:
        """This, and where it says nothing, the other."""
        return Origin(*(mine or theirs for mine, theirs in zip(self, other, strict=True)))


def _line(value: object) -> str:
    """One line that can be printed anywhere; "" if the value is none."""
    is_line = isinstance(value, str) and value.isprintable()
    return str(value)[:LONGEST_VALUE] if is_line else ""


UNKNOWN = Origin()


class Move(NamedTuple):
    """A tag named `former`, and names `digest` from now on; None is nothing.

    `id` is 0 until it is written; ids grow, and none comes twice. Of the actor everything is kept
    but its address, which is in the audit log under the request's id: others may read this.
    """

    id: int
    at: int
    repository: RepositoryName
    tag: Tag
    former: Digest | None
    digest: Digest | None
    cause: Cause
    actor: Actor
    origin: Origin


class History(Protocol):
    """Moves of tags. They outlive the tag, the manifest and the repository."""

    def add(self, move: Move) -> None: ...

    def last(self, repository: RepositoryName, tag: Tag) -> Move | None:
        """The latest move of the tag."""

    def page(
        self, repository: RepositoryName, tag: Tag | None, last: int | None, limit: int
    ) -> list[Move]:
        """Moves of the tag, or of all of the repository's, the newest first: before that id."""

    def origin(self, repository: RepositoryName, digest: Digest) -> Origin:
        """What an image said of where it comes from when a tag last came to name it.

        Moves at which it said nothing do not count; UNKNOWN if there is no other.
        """

    def remove(self, before: int, limit: int) -> int:
        """Look at so many of the oldest, remove those from before that time, answer how many."""


class Trash(Protocol):
    """Manifests that were deleted, each until its `kept_until`; their tags are in the history.

    What such a manifest needs is kept as long, in its own place.
    """

    def put(self, repository: RepositoryName, manifest: StoredManifest) -> None:
        """In place of the same one, if it is there; the later `kept_until` of both counts."""

    def find(self, repository: RepositoryName, digest: Digest) -> StoredManifest | None: ...

    def remove(self, repository: RepositoryName, digest: Digest) -> None: ...

    def due(self, limit: int) -> list[tuple[RepositoryName, Digest]]:
        """Manifests whose time has come, the oldest first."""

    def page(
        self, last: tuple[str, str], limit: int
    ) -> list[tuple[RepositoryName, StoredManifest]]:
        """All of them, in order of repository and digest, after that repository and digest."""

    def hasten(self, until: int, limit: int) -> int:
        """Let content, here or in its place, be kept until then at most; answers for how much."""
