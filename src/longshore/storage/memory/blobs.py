"""Blobs in memory. Implements `ports.Blobs`, where the contract is."""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.records import Blob, Candidate, StoredBlob
from longshore.storage.memory.rows import DiscardedRow, Rows, named_blobs


class Blobs:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, repository: RepositoryName, digest: Digest) -> Blob | None:
        if (repository, digest) not in self._rows.links:
            return None
        kept_until = self._rows.links[repository, digest]
        return Blob(*self._rows.blobs[digest], kept_until)

    def find_anywhere(self, digest: Digest) -> StoredBlob | None:
        return self._rows.blobs.get(digest)

    def add(self, repository: RepositoryName, blob: StoredBlob, until: int) -> StoredBlob:
        self._rows.links.setdefault((repository, blob.digest), until)
        self.keep(repository, blob.digest, until)
        return self._rows.blobs.setdefault(blob.digest, blob)

    def move(self, blob: StoredBlob) -> None:
        if blob.digest in self._rows.blobs:
            self._rows.blobs[blob.digest] = blob

    def keep(self, repository: RepositoryName, digest: Digest, until: int) -> bool:
        return self._rows.keep(Candidate("blob", repository, digest), until)

    def user(self, repository: RepositoryName, digest: Digest) -> Digest | None:
        for name, row in self._rows.manifests_of(repository):
            if digest in named_blobs(row.manifest):
                return name
        return None

    def remove(self, repository: RepositoryName, digest: Digest, discard_at: int) -> int:
        rows = self._rows
        rows.links.pop((repository, digest), None)
        if digest not in rows.blobs or any(digest == linked for _, linked in rows.links):
            return 0
        blob = rows.blobs.pop(digest)
        rows.discarded[blob.key] = DiscardedRow(blob.size, discard_at)
        return blob.size
