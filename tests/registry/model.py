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
from longshore.registry.history import Cause
from longshore.registry.refusals import Gone, Refusal, Unknown

Place = tuple[RepositoryName, Digest]
Refused = type[OCIError | Refusal] | None


class Grace(NamedTuple):
    """Content is kept until `least` in any case, and until `most` perhaps."""

    least: int
    most: int


class Moved(NamedTuple):
    """A move of a tag, as its history has to have it."""

    repository: RepositoryName
    tag: Tag
    former: Digest | None
    digest: Digest | None
    cause: Cause


class Content(NamedTuple):
    """What one repository has, or is needed of it."""

    manifests: frozenset[Digest]
    blobs: frozenset[Digest]


class Model:
    def __init__(self, grace: int, window: int, repositories: Sequence[RepositoryName]) -> None:
        self.grace = grace
        self.window = window
        self.now = 0
        self.repositories = repositories
        self.made: dict[Digest, Manifest] = {}
        self.manifests: dict[Place, Grace] = {}
        self.blobs: dict[Place, Grace] = {}
        self.tags: dict[tuple[RepositoryName, Tag], Digest] = {}
        self.moves: list[Moved] = []  # the oldest first
        self.trash: dict[Place, int] = {}  # until when each can come back

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

    def keep_manifest(self, repository: RepositoryName, digest: Digest, window: int = 0) -> None:
        until = self.now + max(self.grace, window)
        self._keep(self.manifests, (repository, digest), until, until)

    def keep_blob(self, repository: RepositoryName, digest: Digest, window: int = 0) -> None:
        until = self.now + max(self.grace, window)
        self._keep(self.blobs, (repository, digest), until, until)

    def _move(
        self, repository: RepositoryName, tag: Tag, digest: Digest | None, cause: Cause
    ) -> None:
        """Let the tag name something else, or nothing; what it named can be restored."""
        former = self.tags.pop((repository, tag), None)
        if digest is not None:
            self.tags[repository, tag] = digest
        if former != digest:
            self.moves.append(Moved(repository, tag, former, digest, cause))
        if former not in {None, digest} and (repository, former) in self.manifests:
            self.keep_manifest(repository, former, self.window)

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
    ) -> Refused:
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
        for tag in former:
            self._move(repository, tag, digest, "push")
        return None

    def delete_tag(self, repository: RepositoryName, tag: Tag) -> Refused:
        if (repository, tag) not in self.tags:
            return ManifestUnknown
        self._move(repository, tag, None, "delete")
        return None

    def delete_manifest(self, repository: RepositoryName, digest: Digest) -> Refused:
        there = self.there(repository)
        if digest not in there.manifests:
            return ManifestUnknown
        if any(digest in self.made[other].children for other in there.manifests):
            return StillReferenced
        for held in self.held(repository, digest):
            self.keep_manifest(repository, held, self.window)
        for blob in self.named(digest) & there.blobs:
            self.keep_blob(repository, blob, self.window)
        del self.manifests[repository, digest]
        if self.window:
            until = self.now + max(self.grace, self.window)
            self.trash[repository, digest] = max(until, self.trash.get((repository, digest), 0))
        for tag in sorted(tag for name, tag in self.tags if name == repository):
            if self.tags[repository, tag] == digest:
                self._move(repository, tag, None, "manifest-delete")
        return None

    def restore(self, repository: RepositoryName, tag: Tag, wanted: Digest | None) -> Refused:
        digest = wanted
        if digest is None:
            mine = [move for move in self.moves if move[:2] == (repository, tag)]
            digest = mine[-1].former if mine else None
        if digest is None:
            return Unknown
        revived = self._revived(repository, digest)
        if revived is None:
            return Gone
        for one in revived:
            self.keep_manifest(repository, one)
            self.trash.pop((repository, one), None)
        self._move(repository, tag, digest, "restore")
        return None

    def _revived(self, repository: RepositoryName, digest: Digest) -> set[Digest] | None:
        """The deleted manifests that have to come back for this one; None if it can not."""
        there = self.there(repository)
        if digest in there.manifests:
            return set()
        if self.trash.get((repository, digest), 0) <= self.now:
            return None
        manifest, revived = self.made[digest], {digest}
        if manifest.blobs - there.blobs:
            return None
        for child in manifest.children - there.blobs - there.manifests:
            below = self._revived(repository, child)
            if below is None:
                return None
            revived |= below
        return revived

    def delete_blob(self, repository: RepositoryName, digest: Digest) -> Refused:
        there = self.there(repository)
        if digest not in there.blobs:
            return BlobUnknown
        if any(digest in self.named(other) for other in there.manifests):
            return StillReferenced
        del self.blobs[repository, digest]
        return None
