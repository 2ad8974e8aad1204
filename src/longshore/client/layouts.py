"""OCI image layouts (image-spec, "Image Layout"), as a place to copy from.

Decides which manifest of an index.json a name means, and what is attached to it. Whatever writes
layouts has a way of its own to say a name: a tag, or a whole name of an image.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from longshore.client.blobs import Blob
from longshore.client.errors import NotALayout
from longshore.client.files import Archive, Extent, Files, Folder
from longshore.client.manifests import Pulled
from longshore.client.referrers import COSIGN_ENDINGS, fallback_tag
from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import BlobUnknown, DigestInvalid, ManifestInvalid, ManifestUnknown
from longshore.oci.manifest import Descriptor
from longshore.oci.names import Reference, Tag

INDEX = "index.json"
MARK = "oci-layout"
REF_NAME = "org.opencontainers.image.ref.name"
# containerd, and so docker, writes the name of an image where others write its tag.
IMAGE_NAME = "io.containerd.image.name"


def open_files(path: Path) -> Files:
    """What is in a folder or an archive; raises FileNotFoundError or NotALayout."""
    return Folder(path) if path.is_dir() else Archive(path)


class LayoutSource:
    """Implements Source."""

    is_local = True

    def __init__(self, files: Files, place: str) -> None:
        self._files = files
        self._place = place

    def resolve(self, reference: Reference | None) -> Pulled:
        entries = self.entries()
        if isinstance(reference, Digest):
            listed = [each for each in entries if each.digest == reference]
            unlisted = Descriptor("", reference, 0)
            return self.manifest(next(iter(listed), unlisted))
        if reference is None:
            found = [each for each in entries if not self._is_attached(each)]
        else:
            found = [each for each in entries if reference in names(each)]
        if len({each.digest for each in found}) == 1:
            return self.manifest(found[0])
        there = sorted({name for each in entries for name in names(each)})
        what = "names several images" if found else "has no such image"
        asked = f"{self._place}:{reference}" if reference else self._place
        raise ManifestUnknown(
            f"{asked} {what}; there are: {', '.join(there) or 'none with a name'}"
        )

    def manifest(self, descriptor: Descriptor) -> Pulled:
        digest = Digest.parse(descriptor.digest)
        try:
            content = self._files.read(blob_file(digest))
        except FileNotFoundError:
            raise ManifestUnknown(f"{self._place} has no manifest {digest}") from None
        if Digest.of(content, digest.algorithm) != digest:
            raise DigestInvalid(f"{self._place}: the bytes of {digest} are others")
        return Pulled(digest, descriptor.media_type or _media_type(content), content)

    def blob(self, blob: Blob, start: int) -> Generator[bytes, None, None]:
        if self._files.size(blob_file(blob.digest)) is None:
            raise BlobUnknown(f"{self._place} has no blob {blob.digest}")
        return self._files.stream(blob_file(blob.digest), start)

    def extent(self, blob: Blob) -> Extent | None:
        return self._files.extent(blob_file(blob.digest))

    def referrers(self, subject: Digest) -> list[Descriptor]:
        attached = [each for each in self.entries() if self._subject(each) == subject]
        listing = self.tagged(fallback_tag(subject))
        if listing is not None and listing.media_type in media_types.INDEXES:
            attached += oci.parse(listing.content, listing.media_type).parts
        return list({each.digest: each for each in attached}.values())

    def tagged(self, tag: Tag) -> Pulled | None:
        found = [each for each in self.entries() if tag in names(each)]
        return self.manifest(found[0]) if found else None

    def is_whole(self, reference: Reference | None) -> bool:
        """Whether it has all images of an index: docker keeps one of which it pulled its own."""
        pulled = self.resolve(reference)
        manifest = oci.parse(pulled.content, pulled.media_type)
        children = [part for part in manifest.parts if part.digest in manifest.children]
        return all(self._files.size(blob_file(Digest.parse(each.digest))) for each in children)

    def entries(self) -> list[Descriptor]:
        """What index.json lists."""
        try:
            content = self._files.read(INDEX)
        except FileNotFoundError:
            raise NotALayout(f"{self._place}: no image layout: it has no {INDEX}") from None
        return list(oci.parse(content, media_types.OCI_INDEX).parts)

    def _is_attached(self, entry: Descriptor) -> bool:
        """Whether it is there for another manifest's sake."""
        is_tag_of_digest = any(_is_of_digest(name) for name in names(entry))
        return is_tag_of_digest or (not names(entry) and self._subject(entry) is not None)

    def _subject(self, entry: Descriptor) -> Digest | None:
        pulled = self.manifest(entry)
        return oci.parse(pulled.content, pulled.media_type).subject


def names(entry: Descriptor) -> set[str]:
    """The tags that an entry of index.json goes by."""
    annotations = entry.annotations if isinstance(entry.annotations, dict) else {}
    whole = {str(annotations[key]) for key in (REF_NAME, IMAGE_NAME) if key in annotations}
    return whole | {name.rpartition(":")[2] for name in whole}


def blob_file(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.hex}"


def _is_of_digest(name: str) -> bool:
    return name.startswith("sha256-") and (name.endswith(COSIGN_ENDINGS) or len(name) == 71)


def _media_type(content: bytes) -> str:
    """What a manifest says of itself, where nothing else does."""
    for known in sorted(media_types.IMAGES | media_types.INDEXES):
        try:
            oci.parse(content, known)
        except ManifestInvalid:
            continue
        return known
    raise ManifestInvalid("the manifest does not say of what media type it is")
