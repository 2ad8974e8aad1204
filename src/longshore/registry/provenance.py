"""Provenance: where a pushed image says that it comes from, and where else that may be read.

Decides what is asked: the manifest's annotations, then its configuration's labels; of an index
those of the index, then its first image. Reads rows, and no bytes of blobs.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName
from longshore.registry.history import Origin
from longshore.registry.ports import Transaction
from longshore.registry.records import Blob

LARGEST_CONFIG = 1 << 20  # bytes
LARGEST_CHILD = 64 * 1024  # bytes of a manifest that is parsed while other requests wait


class Provenance(NamedTuple):
    """What annotations say, and the configuration that may have labels."""

    origin: Origin
    config: Blob | None


def look(tx: Transaction, repository: RepositoryName, manifest: Manifest) -> Provenance:
    """What is known of a manifest that is about to be pushed, whose content is there."""
    told = Origin.told(manifest.annotations)
    image = manifest
    if manifest.media_type in media_types.INDEXES:
        first = _first(tx, repository, manifest)
        if first is None:
            return Provenance(told, None)
        image, told = first, told.or_else(Origin.told(first.annotations))
    return Provenance(told, _config(tx, repository, image))


def _first(tx: Transaction, repository: RepositoryName, index: Manifest) -> Manifest | None:
    """The image that an index lists first; one of an index in it says nothing."""
    stored = None
    for part in index.parts[:1]:
        stored = tx.manifests.by_digest(repository, Digest(part.digest))
    if stored is None or stored.media_type not in media_types.IMAGES:
        return None
    if len(stored.content) > LARGEST_CHILD:
        return None
    try:
        return oci.parse(stored.content, stored.media_type)
    except OCIError:  # damaged since it was pushed
        return None


def _config(tx: Transaction, repository: RepositoryName, image: Manifest) -> Blob | None:
    config = next(iter(image.parts), None)
    if config is None or config.media_type not in media_types.CONFIGS:
        return None
    blob = tx.blobs.find(repository, Digest(config.digest))
    return blob if blob is not None and blob.size <= LARGEST_CONFIG else None
