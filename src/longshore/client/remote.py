"""A repository of a registry, as a place to copy from and to.

It decides which of the modules of a noun does what, and nothing else.
"""

from __future__ import annotations

from collections.abc import Generator

from longshore.client import blobs, manifests, referrers, uploads
from longshore.client.blobs import Blob, Content
from longshore.client.content import Source
from longshore.client.files import Extent
from longshore.client.manifests import Expected, Pulled
from longshore.client.transport import Repository
from longshore.client.unfinished import Unfinished
from longshore.oci.digest import Digest
from longshore.oci.image import DEFAULT_TAG
from longshore.oci.manifest import Descriptor, Manifest
from longshore.oci.names import Reference, RepositoryName, Tag


class Remote:
    """Implements Source and Target."""

    is_local = False
    checks_digests = True  # distribution-spec, "Pushing blobs": DIGEST_INVALID

    def __init__(self, repository: Repository, unfinished: Unfinished = uploads.NO_MEMORY) -> None:
        self.repository = repository
        self._unfinished = unfinished

    def resolve(self, reference: Reference | None) -> Pulled:
        return manifests.get(self.repository, reference or DEFAULT_TAG)

    def manifest(self, descriptor: Descriptor) -> Pulled:
        return manifests.get(self.repository, Digest.parse(descriptor.digest))

    def blob(self, blob: Blob, start: int) -> Generator[bytes, None, None]:
        return blobs.read(self.repository, blob, start)

    def extent(self, blob: Blob) -> Extent | None:  # noqa: ARG002
        return None

    def referrers(self, subject: Digest) -> list[Descriptor]:
        return referrers.find(self.repository, subject)

    def tagged(self, tag: Tag) -> Pulled | None:
        if manifests.find(self.repository, tag) is None:
            return None
        return manifests.get(self.repository, tag)

    def find(self, reference: Reference) -> Digest | None:
        return manifests.find(self.repository, reference)

    def has_manifest(self, pulled: Pulled, manifest: Manifest) -> bool:
        if self.find(pulled.digest) is None:
            return False
        if manifest.subject is None:
            return True
        listed = referrers.find(self.repository, manifest.subject)
        return any(each.digest == pulled.digest for each in listed)

    def has_blob(self, blob: Blob) -> bool:
        return blobs.exists(self.repository, blob.digest)

    def push_blob(self, content: Content, origin: Source) -> bool:
        neighbour = self._neighbour(origin)
        return uploads.push(self.repository, content, neighbour, self._unfinished)

    def push_manifest(self, pulled: Pulled, manifest: Manifest) -> None:
        is_listed = manifests.put(self.repository, pulled)
        if not is_listed:
            referrers.attach(self.repository, manifest, pulled.digest)

    def name(self, pulled: Pulled, tag: Tag | None, expected: Expected | None) -> None:
        if tag is not None:
            manifests.put(self.repository, pulled, tag, expected)

    def finish(self) -> None:
        """Nothing is left to do."""

    def abandon(self) -> None:
        """What came is skipped the next time; the registry collects what nobody asks for."""

    def _neighbour(self, origin: Source) -> RepositoryName | None:
        """The origin's name, if blobs can be mounted from there."""
        if not isinstance(origin, Remote):
            return None
        registry, name = origin.repository
        is_here = registry.host == self.repository.registry.host
        return name if is_here and name != self.repository.name else None
