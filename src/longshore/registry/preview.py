"""What the collector would remove if it ran now, found without removing anything.

Follows the rules of `garbage` in one snapshot: removing one thing is what makes the next one
unreachable, so what is doomed so far is remembered here instead of being removed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Literal, NamedTuple

from longshore.oci import manifest as oci
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry import manifests
from longshore.registry.ports import Transaction

UNREACHED = "no tag, index or subject reaches it"
UNUSED = "no manifest uses it"
ALONE = "only what goes uses it"
UNLINKED = "no repository holds it"

_ALL = sys.maxsize
_Place = tuple[RepositoryName, Digest]


class Removal(NamedTuple):
    """Something that goes; `bytes` is what the disk gets back. A file has no repository."""

    kind: Literal["manifest", "blob", "file"]
    repository: str
    name: str
    bytes: int
    reason: str


def preview(tx: Transaction) -> list[Removal]:
    """Everything that a collection removes as long as nobody pushes: manifests, blobs, files."""
    due = tx.garbage.due(_ALL)
    doomed = _Doomed(tx)
    for candidate in due:
        if candidate.kind == "manifest":
            doomed.add(candidate.repository, candidate.digest)
    unused = {(one.repository, one.digest): UNUSED for one in due if one.kind == "blob"}
    for place in doomed.blobs:
        unused.setdefault(place, ALONE)
    files = [
        Removal("file", "", item.key, item.size, UNLINKED) for item in tx.garbage.discarded(_ALL)
    ]
    return [
        *(Removal("manifest", *place, 0, UNREACHED) for place in doomed.manifests),
        *_blobs(tx, doomed, unused),
        *files,
    ]


class _Doomed:
    """Manifests that nothing reaches, and the blobs that they let go of."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.manifests: dict[_Place, None] = {}  # in the order in which they were found
        self.blobs: dict[_Place, None] = {}

    def add(self, repository: RepositoryName, digest: Digest) -> None:
        """Doom the manifest if nothing reaches it, with what holds it and what it holds."""
        rest = [digest]
        while rest:
            for one in self._tx.garbage.unreachable(repository, rest.pop()):
                if (repository, one) not in self.manifests:
                    self.manifests[repository, one] = None
                    rest += self._held_by(repository, one)

    def _held_by(self, repository: RepositoryName, digest: Digest) -> Iterator[Digest]:
        stored = manifests.find(self._tx, repository, digest)
        manifest = oci.parse(stored.content, stored.media_type)
        for blob in manifest.blobs | manifest.elsewhere | manifest.children:
            self.blobs[repository, blob] = None
        yield from manifest.children
        for referrer in self._tx.manifests.referrers(repository, digest, None, ""):
            yield referrer.digest


def _blobs(tx: Transaction, doomed: _Doomed, unused: dict[_Place, str]) -> Iterator[Removal]:
    """Those of the blobs that nothing else uses; bytes are free when the last repository's goes."""
    left: dict[Digest, int] = {}
    for (repository, digest), reason in unused.items():
        blob = tx.blobs.find(repository, digest)
        if blob is None or (blob.kept_until or 0) > tx.now:
            continue
        users = tx.garbage.users(repository, digest)
        if not all((repository, user) in doomed.manifests for user in users):
            continue
        if digest not in left:
            left[digest] = sum(1 for _ in tx.garbage.holders(digest))
        left[digest] -= 1
        yield Removal("blob", repository, digest, 0 if left[digest] else blob.size, reason)
