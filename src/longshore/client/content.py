"""Where content comes from and goes to, as copying sees it: registries and layouts alike.

Decides nothing: these are the two ports. Any thread may call any method.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from longshore.client.blobs import Blob, Content
from longshore.client.files import Extent
from longshore.client.manifests import Expected, Pulled
from longshore.oci.digest import Digest
from longshore.oci.manifest import Descriptor, Manifest
from longshore.oci.names import Reference, Tag


class Source(Protocol):
    """One repository to read.

    `is_local` is true of files: no network is between them and who reads.
    """

    is_local: bool

    def resolve(self, reference: Reference | None) -> Pulled:
        """The manifest by this name, or the only one; raises ManifestUnknown."""

    def manifest(self, descriptor: Descriptor) -> Pulled:
        """What a descriptor points at; raises ManifestUnknown."""

    def blob(self, blob: Blob, start: int) -> Generator[bytes, None, None]:
        """The bytes from `start` on, in pieces; raises BlobUnknown."""

    def extent(self, blob: Blob) -> Extent | None:
        """Where a blob lies on a disk of this machine; None where it does not, or not as it is."""

    def referrers(self, subject: Digest) -> list[Descriptor]:
        """What is attached to a manifest."""

    def tagged(self, tag: Tag) -> Pulled | None:
        """The manifest under a tag, or None."""


class Target(Protocol):
    """One repository to write. What is written is complete, or not there.

    `checks_digests` is true of those that refuse bytes which are not what their digest says.
    """

    checks_digests: bool

    def find(self, reference: Reference) -> Digest | None:
        """The digest of a manifest that is there, by tag or digest."""

    def has_manifest(self, pulled: Pulled, manifest: Manifest) -> bool:
        """Whether a manifest is there, and is listed as a referrer if it is one."""

    def has_blob(self, blob: Blob) -> bool: ...

    def push_blob(self, content: Content, origin: Source) -> bool:
        """Take over a blob; answers whether bytes went, or it could be had without."""

    def push_manifest(self, pulled: Pulled, manifest: Manifest) -> None:
        """Take over a manifest, whose content is there, and list it as a referrer if it is one."""

    def name(self, pulled: Pulled, tag: Tag | None, expected: Expected | None) -> None:
        """Make a manifest one of those that users look for, under a tag if there is one.

        Raises TagMoved if the tag is not where it is expected.
        """

    def finish(self) -> None:
        """All has come."""

    def abandon(self) -> None:
        """No more comes, and not all has come: what is good for nothing by itself goes."""
