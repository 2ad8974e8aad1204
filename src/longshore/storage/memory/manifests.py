"""Manifests in memory. Implements `ports.Manifests`, where the contract is."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.records import Candidate, Referrer, StoredManifest
from longshore.storage.memory.rows import ManifestRow, Rows, named_blobs


class Manifests:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def by_tag(self, repository: RepositoryName, tag: Tag) -> StoredManifest | None:
        digest = self._rows.tags.get((repository, tag))
        return self._rows.stored(repository, digest) if digest else None

    def by_digest(self, repository: RepositoryName, digest: Digest) -> StoredManifest | None:
        return self._rows.stored(repository, digest)

    def missing(self, repository: RepositoryName, manifest: Manifest) -> list[Digest]:
        blobs = {digest for name, digest in self._rows.links if name == repository}
        manifests = {digest for name, digest in self._rows.manifests if name == repository}
        return sorted((manifest.blobs - blobs) | (manifest.children - manifests - blobs))

    def add(
        self, repository: RepositoryName, digest: Digest, manifest: Manifest, until: int
    ) -> None:
        self._rows.manifests.setdefault((repository, digest), ManifestRow(manifest, until))
        self.keep(repository, digest, until)

    def keep(self, repository: RepositoryName, digest: Digest, until: int) -> bool:
        return self._rows.keep(Candidate("manifest", repository, digest), until)

    def parent(self, repository: RepositoryName, digest: Digest) -> Digest | None:
        for other, row in self._rows.manifests_of(repository):
            if digest in row.manifest.children:
                return other
        return None

    def remove(self, repository: RepositoryName, digest: Digest, until: int) -> None:
        rows = self._rows
        manifest = rows.manifests.pop((repository, digest)).manifest
        for place in [place for place, named in rows.tags.items() if named == digest]:
            if place[0] == repository:
                del rows.tags[place]
        rows.pins -= {pin for pin in rows.pins if pin[:2] == (repository, digest)}
        for named in named_blobs(manifest):
            rows.keep(Candidate("blob", repository, named), until)
        referrers = {other.digest for other in self.referrers(repository, digest, None, "")}
        for held in manifest.children | referrers:
            rows.keep(Candidate("manifest", repository, held), until)

    def referrers(
        self, repository: RepositoryName, subject: Digest, artifact_type: str | None, last: str
    ) -> Iterator[Referrer]:
        for digest, (manifest, _) in self._rows.manifests_of(repository):
            if (
                manifest.subject == subject
                and digest > last
                and artifact_type in {None, manifest.artifact_type}
            ):
                yield Referrer(
                    digest,
                    manifest.media_type,
                    len(manifest.content),
                    manifest.artifact_type,
                    manifest.annotations,
                )
