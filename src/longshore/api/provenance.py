"""Where a pushed image says that it comes from: by annotations, or by labels of its configuration.

Decides how much is read for that: of an index its first image, and of an image a configuration of
bounded size. What can not be read says nothing, and no push fails for it. It is read before the
push's transaction, which must not wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from longshore.api.context import Context
from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName
from longshore.registry.history import UNKNOWN, Origin
from longshore.registry.ports import Transaction

LARGEST_CONFIG = 1 << 20  # bytes
LARGEST_CHILD = 64 * 1024  # bytes of a manifest that is parsed while other requests wait


class _Image(NamedTuple):
    """What an image's manifest says, and the key of its configuration, "" if it has none."""

    origin: Origin
    config: str


class _Settings(msgspec.Struct):
    labels: dict[str, Any] | None = msgspec.field(default=None, name="Labels")


class _Config(msgspec.Struct):
    """The part of an image's configuration that has its labels (image-spec, "config")."""

    config: _Settings | None = None


async def of(context: Context, repository: RepositoryName, manifest: Manifest) -> Origin:
    """What the image says, or of an index what it says of itself, then its first image."""
    told = Origin.told(manifest.annotations)
    if all(told):
        return told
    image = await context.metadata.read(_look, repository, manifest)
    told = told.or_else(image.origin)
    if image.config and not all(told):
        path = context.store.path(image.config)
        told = told.or_else(Origin.told(await asyncio.to_thread(_labels, path)))
    return told


def _look(tx: Transaction, repository: RepositoryName, manifest: Manifest) -> _Image:
    if manifest.media_type in media_types.INDEXES:
        image = _first(tx, repository, manifest)
        return _look(tx, repository, image) if image else _Image(UNKNOWN, "")
    config = ""
    if manifest.media_type in media_types.IMAGES:
        blob = tx.blobs.find(repository, Digest(manifest.parts[0].digest))
        config = blob.key if blob is not None and blob.size <= LARGEST_CONFIG else ""
    return _Image(Origin.told(manifest.annotations), config)


def _first(tx: Transaction, repository: RepositoryName, index: Manifest) -> Manifest | None:
    """The image that an index lists first; one of an index in it says nothing."""
    for part in index.parts[:1]:
        stored = tx.manifests.by_digest(repository, Digest(part.digest))
        if (
            stored
            and stored.media_type in media_types.IMAGES
            and len(stored.content) <= LARGEST_CHILD
        ):
            try:
                return oci.parse(stored.content, stored.media_type)
            except OCIError:  # damaged since it was pushed
                return None
    return None


def _labels(path: Path) -> Mapping[str, object]:
    try:
        config = msgspec.json.decode(path.read_bytes(), type=_Config).config
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return (config and config.labels) or {}
