"""What checking all there is needs of the rows: to read every one, and to put wrong ones right.

Ports, as those in `ports`; nobody else walks over everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.records import (
    Discarded,
    Loose,
    Recorded,
    StoredBlob,
    StoredManifest,
)


class Inspection(Protocol):
    """All rows, page by page and after `last`."""

    def repositories(self, last: str, limit: int) -> list[tuple[RepositoryName, bool]]:
        """Every repository, and whether it holds anything."""

    def blobs(self, last: str, limit: int) -> list[StoredBlob]: ...

    def manifests(
        self, repository: RepositoryName, last: str, limit: int
    ) -> list[StoredManifest]: ...

    def tags(
        self, repository: RepositoryName, last: str, limit: int
    ) -> list[tuple[Tag, Digest | None]]:
        """Tags with the manifest of the repository that each names; None if there is none."""

    def recorded(self, repository: RepositoryName, digest: Digest) -> Recorded:
        """What the rows say of a manifest, which exists."""

    def overdue(self, before: int, last: str, limit: int) -> list[Discarded]:
        """Discarded bytes that were to be unlinked before that time, by their keys."""

    def loose(self, last: str, limit: int) -> tuple[list[Loose], str]:
        """Rows that point at a row that is not there, and what to ask after; "" at the end."""


class Mending(Protocol):
    """What puts rows right that an inspection found wrong."""

    def record(self, repository: RepositoryName, digest: Digest, manifest: Manifest) -> None:
        """Write again, from its bytes, what the rows say of a manifest, which exists."""

    def lose(self, digest: Digest, discard_at: int) -> None:
        """The blob's bytes are gone or wrong: no repository holds it, until it is pushed again.

        Manifests that reference it stay, and will hold it when it comes. What there is of its
        bytes is discarded at that time.
        """

    def cut(self, rows: Sequence[Loose]) -> None:
        """Remove rows that point at nothing."""
