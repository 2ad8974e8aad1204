"""Where a pushed image says that it comes from, read before the transaction, which must not wait.

Decides when a configuration's bytes are worth reading. What can not be read says nothing: no push
fails for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from longshore.api.context import Context
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName
from longshore.registry import provenance
from longshore.registry.history import Origin

# A larger one is read in a thread, whose change costs more than reading what was just pushed.
_LARGE = 64 * 1024  # bytes


class _Settings(msgspec.Struct):
    labels: dict[str, Any] | None = msgspec.field(default=None, name="Labels")


class _Config(msgspec.Struct):
    """The part of an image's configuration that has its labels (image-spec, "config")."""

    config: _Settings | None = None


async def of(context: Context, repository: RepositoryName, manifest: Manifest) -> Origin:
    """What annotations say, and for the rest, labels."""
    told, config = await context.metadata.read(provenance.look, repository, manifest)
    if config is None or all(told):
        return told
    path = context.store.path(config.key)
    labels = _labels(path) if config.size <= _LARGE else await asyncio.to_thread(_labels, path)
    return told.or_else(Origin.told(labels))


def _labels(path: Path) -> Mapping[str, object]:
    try:
        config = msgspec.json.decode(path.read_bytes(), type=_Config).config
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return (config and config.labels) or {}
