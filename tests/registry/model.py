"""What a registry must keep and may keep, told without its code: sets, and what reaches what.

Knows no kept_until, no queue and no order of collection. What the collector has removed is read
from the registry, and must lie between what is needed and what there is.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from longshore.oci.digest import Digest
from longshore.oci.errors import (
    BlobUnknown,
    ManifestBlobUnknown,
    ManifestUnknown,
    OCIError,
    StillReferenced,
    TagMoved,
)
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName, Tag

Place = tuple[RepositoryName, Digest]
Refusal = type[OCIError] | None


class Grace(NamedTuple):
    """Content is kept until `least` in any case, and until `most` perhaps."""

    least: int
    most: int


class Content(NamedTuple):
    """What one repository has, or is needed of it."""

    manifests: frozenset[Digest]
    blobs: frozenset[Digest]


class Model:
    def __init__(self, grace: int, repositories: Sequence[RepositoryName]) -> None:
        self.grace = grace
        self.now = 0
        self.repositories = repositories
        self.made: dict[Digest, Manifest] = {}
        self.manifests: dict[Place, Grace] = {}
        self.blobs: dict[Place, Grace] = {}
        self.tags: dict[tuple[RepositoryName, Tag], Digest] = {}

    def there(self, repository: RepositoryName) -> Content:
        return Content(
            frozenset(digest for name, digest in self.manifests if name == repository),
            frozenset(digest for name, digest in self.blobs if name == repository),
        )

    def needed(self, repository: RepositoryName) -> Content:
        return self._reached(repository, 0)

    def allowed(self, repository: RepositoryName) -> Content:
        return self._reached(repository, 1)

    def _reached(self, repository: RepositoryName, which: int) -> Content:
        """What tags and a grace reach, `which` being that of least or of most."""
        there = self.there(repository)
        rest = [digest for (name, _), digest in self.tags.items() if name == repository]
        rest += [d for d in there.manifests if self.manifests[repository, d][which] > self.now]
        manifests: set[Digest] = set()
        while rest:
            digest = rest.pop()
            if digest not in manifests:
                manifests.add(digest)
                rest += self.held(repository, digest)
        blobs = {d for d in there.blobs if self.blobs[repository, d][which] > self.now}
        for digest in manifests:
            blobs |= self.named(digest) & there.blobs
        return Content(frozenset(manifests), frozenset(blobs))

    def held(self, repository: RepositoryName, digest: Digest) -> frozenset[Digest]:
        """The children and referrers of a manifest that the repository has."""
        there = self.there(repository).manifests
        referrers = {other for other in there if self.made[other].subject == digest}
        return (self.made[digest].children & there) | referrers

    def named(self, digest: Digest) -> frozenset[Digest]:
        manifest = self.made[digest]
        return manifest.blobs | manifest.elsewhere | manifest.children

    def learn(self, repository: RepositoryName, left: Content) -> None:
        """See what the collector has left."""
        for digest in self.there(repository).manifests - left.manifests:
            del self.manifests[repository, digest]
        for digest in self.there(repository).blobs - left.blobs:
            del self.blobs[repository, digest]

    def _keep(self, kind: dict[Place, Grace], place: Place, least: int, most: int) -> None:
        former = kind.get(place, Grace(0, 0))
        kind[place] = Grace(max(former.least, least), max(former.most, most))

    def keep_manifest(self, repository: RepositoryName, digest: Digest) -> None:
        until = self.now + self.grace
        self._keep(self.manifests, (repository, digest), until, until)

    def keep_blob(self, repository: RepositoryName, digest: Digest) -> None:
        until = self.now + self.grace
        self._keep(self.blobs, (repository, digest), until, until)

    def promise(self, kind: dict[Place, Grace], place: Place) -> None:
        """Most of the grace at least: asking again and again need not write each time."""
        self._keep(kind, place, self.now + self.grace * 3 // 4, self.now + self.grace)

    def mount(
        self,
        repository: RepositoryName,
        digest: Digest,
        source: RepositoryName | None,
        readable: set[RepositoryName],
    ) -> None:
        """Nothing happens unless a source that the caller may read has it."""
        sources = set(self.repositories if source is None else [source]) & readable
        if any((name, digest) in self.blobs for name in sources):
            self.keep_blob(repository, digest)

    def put(
        self,
        repository: RepositoryName,
        digest: Digest,
        tags: Iterable[Tag],
        expected: Digest | None,
        *,
        is_absent: bool,
    ) -> Refusal:
        there, manifest = self.there(repository), self.made[digest]
        if digest not in there.manifests and (
            manifest.blobs - there.blobs or manifest.children - there.blobs - there.manifests
        ):
            return ManifestBlobUnknown
        former = {tag: self.tags.get((repository, tag)) for tag in tags}
        for one in former.values():
            if (is_absent and one is not None) or (expected is not None and one != expected):
                return TagMoved
        self.keep_manifest(repository, digest)
        for tag, one in former.items():
            self.tags[repository, tag] = digest
            if one is not None:
                self.keep_manifest(repository, one)
        return None

    def delete_tag(self, repository: RepositoryName, tag: Tag) -> Refusal:
        former = self.tags.pop((repository, tag), None)
        if former is None:
            return ManifestUnknown
        self.keep_manifest(repository, former)
        return None

    def delete_manifest(self, repository: RepositoryName, digest: Digest) -> Refusal:
        there = self.there(repository)
        if digest not in there.manifests:
            return ManifestUnknown
        if any(digest in self.made[other].children for other in there.manifests):
            return StillReferenced
        for held in self.held(repository, digest):
            self.keep_manifest(repository, held)
        for blob in self.named(digest) & there.blobs:
            self.keep_blob(repository, blob)
        del self.manifests[repository, digest]
        kept = {
            at: named for at, named in self.tags.items() if (at[0], named) != (repository, digest)
        }
        self.tags = kept
        return None

    def delete_blob(self, repository: RepositoryName, digest: Digest) -> Refusal:
        there = self.there(repository)
        if digest not in there.blobs:
            return BlobUnknown
        if any(digest in self.named(other) for other in there.manifests):
            return StillReferenced
        del self.blobs[repository, digest]
        return None
