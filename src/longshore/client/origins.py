"""Where an image comes from, as its labels say, and by which digests it is known.

Decides where labels are: in the configuration, and in the annotations of the manifest, which say
more where both do. An index is asked for the first of its images.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from longshore.client.blobs import Blob
from longshore.client.content import Source
from longshore.client.images import read_config
from longshore.client.manifests import Pulled
from longshore.delivery.local import REVISION_LABEL
from longshore.delivery.naming import BRANCH_LABEL
from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.manifest import Descriptor
from longshore.oci.names import Reference
from longshore.oci.platform import Platform


class Origin(NamedTuple):
    """An image with what it says of itself. `digests` are those of its manifests and
    configurations: an engine may know it by any of them."""

    pulled: Pulled
    digests: frozenset[str]
    labels: Mapping[str, str]

    @property
    def revision(self) -> str:
        return self.labels.get(REVISION_LABEL, "")

    @property
    def branch(self) -> str:
        return self.labels.get(BRANCH_LABEL, "")


def look(source: Source, reference: Reference | None) -> Origin:
    """Raises ManifestUnknown."""
    root = source.resolve(reference)
    manifest = oci.parse(root.content, root.media_type)
    digests, annotations = {str(root.digest)}, manifest.annotations
    for child in _images(manifest.parts) if root.media_type in media_types.INDEXES else ():
        pulled = source.manifest(child)
        manifest = oci.parse(pulled.content, pulled.media_type)
        digests.add(pulled.digest)
        break
    labels: Mapping[str, str] = {}
    if manifest.media_type in media_types.IMAGES:
        config = manifest.parts[0]
        digests.add(config.digest)
        blob = Blob(Digest.parse(config.digest), config.size)
        labels = _labels(read_config(source, blob))
    return Origin(root, frozenset(digests), {**labels, **manifest.annotations, **annotations})


def _images(parts: tuple[Descriptor, ...]) -> Iterator[Descriptor]:
    """Those of an index that are images of a platform; builders list what they say of one, too."""
    for part in parts:
        platform = Platform.of(part.platform)
        if part.media_type in media_types.IMAGES and (platform is None or platform.os != "unknown"):
            yield part


def _labels(config: Mapping[str, object]) -> dict[str, str]:
    running = config.get("config")
    try:
        return msgspec.convert(running, _Running).labels or {}
    except msgspec.ValidationError:
        return {}


class _Running(msgspec.Struct, rename="pascal"):
    labels: dict[str, str] | None = None
