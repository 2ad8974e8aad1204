"""Where an image that a registry has comes from, and by which digests it is known.

Decides what of an image is asked: of an index, the first of its images. What annotations and
labels say is `registry.history`'s to understand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from longshore.client.blobs import Blob
from longshore.client.content import Source
from longshore.client.images import read_config
from longshore.client.manifests import Pulled
from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.manifest import Descriptor
from longshore.oci.names import Reference
from longshore.oci.platform import Platform
from longshore.registry.history import Origin


class Found(NamedTuple):
    """An image with what it says of itself. `digests` are those of its manifests and
    configurations: an engine may know it by any of them."""

    pulled: Pulled
    digests: frozenset[str]
    origin: Origin


def look(source: Source, reference: Reference | None) -> Found:
    """Raises ManifestUnknown."""
    root = source.resolve(reference)
    manifest = oci.parse(root.content, root.media_type)
    digests, origin = {str(root.digest)}, Origin.told(manifest.annotations)
    for child in _images(manifest.parts) if root.media_type in media_types.INDEXES else ():
        pulled = source.manifest(child)
        manifest = oci.parse(pulled.content, pulled.media_type)
        digests.add(pulled.digest)
        origin = origin.or_else(Origin.told(manifest.annotations))
        break
    if manifest.media_type in media_types.IMAGES:
        config = manifest.parts[0]
        digests.add(config.digest)
        blob = Blob(Digest.parse(config.digest), config.size)
        origin = origin.or_else(Origin.told(_labels(read_config(source, blob))))
    return Found(root, frozenset(digests), origin)


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
