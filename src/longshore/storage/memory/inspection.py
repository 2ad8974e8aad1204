"""All rows in memory, read and put right. Implements the ports of `inspecting`.

What a manifest references is never recorded here but derived, so it can not be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.records import (
    Description,
    Discarded,
    Loose,
    Recorded,
    StoredBlob,
    StoredManifest,
)
from longshore.storage.memory.rows import DiscardedRow, Rows


class Inspection:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def repositories(self, last: str, limit: int) -> list[tuple[RepositoryName, bool]]:
        full = {name for name, _ in [*self._rows.manifests, *self._rows.links]}
        names = sorted(name for name in self._rows.repositories if name > last)
        return [(name, name in full) for name in names[:limit]]

    def blobs(self, last: str, limit: int) -> list[StoredBlob]:
        digests = sorted(digest for digest in self._rows.blobs if digest > last)
        return [self._rows.blobs[digest] for digest in digests[:limit]]

    def manifests(self, repository: RepositoryName, last: str, limit: int) -> list[StoredManifest]:
        found = [
            StoredManifest(digest, row.manifest.media_type, row.manifest.content, row.kept_until)
            for digest, row in self._rows.manifests_of(repository)
            if digest > last
        ]
        return found[:limit]

    def tags(
        self, repository: RepositoryName, last: str, limit: int
    ) -> list[tuple[Tag, Digest | None]]:
        rows = self._rows
        found = [
            (tag, digest if (repository, digest) in rows.manifests else None)
            for (name, tag), digest in rows.tags.items()
            if name == repository and tag > last
        ]
        return sorted(found, key=lambda pair: pair[0])[:limit]

    def recorded(self, repository: RepositoryName, digest: Digest) -> Recorded:
        rows = self._rows
        manifest = rows.manifests[repository, digest].manifest
        blobs = {one for one in manifest.blobs if (repository, one) in rows.links}
        named = manifest.elsewhere | manifest.children | (manifest.blobs - blobs)
        parts = {one for one in manifest.children if (repository, one) in rows.manifests}
        subjects = {manifest.subject} if manifest.subject else set()
        return Recorded(
            blobs=frozenset(blobs),
            mentions=named,
            parts=frozenset(parts),
            subjects=frozenset(one for one in subjects if (repository, one) in rows.manifests),
            description=Description(
                manifest.subject,
                manifest.artifact_type,
                manifest.annotations,
                len(manifest.content),
            ),
        )

    def overdue(self, before: int, last: str, limit: int) -> list[Discarded]:
        keys = sorted(
            key
            for key, row in self._rows.discarded.items()
            if key > last and row.discard_at < before
        )
        return [Discarded(key, self._rows.discarded[key].size) for key in keys[:limit]]

    def loose(self, last: str, limit: int) -> tuple[list[Loose], str]:  # noqa: ARG002
        return [], ""


class Mending:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def record(self, repository: RepositoryName, digest: Digest, manifest: Manifest) -> None:
        row = self._rows.manifests[repository, digest]
        self._rows.manifests[repository, digest] = row._replace(manifest=manifest)

    def lose(self, digest: Digest, discard_at: int) -> None:
        blob = self._rows.blobs.pop(digest)
        self._rows.discarded[blob.key] = DiscardedRow(blob.size, discard_at)
        for place in [place for place in self._rows.links if place[1] == digest]:
            del self._rows.links[place]

    def cut(self, rows: Sequence[Loose]) -> None:
        """Nothing points at what is not there."""
