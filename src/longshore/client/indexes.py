"""Indexes that this client writes itself: of a layout, and of referrers that no registry lists.

Decides how a descriptor is written: with the members that say something. What was pushed by others
is never written anew.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from longshore.oci import media_types
from longshore.oci.manifest import Descriptor


def encode(listed: Iterable[Descriptor]) -> bytes:
    """An index of these, in their order."""
    return msgspec.json.encode(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_INDEX,
            "manifests": [_members(descriptor) for descriptor in listed],
        }
    )


def _members(descriptor: Descriptor) -> dict[str, object]:
    # A digest is a string of its own kind, and JSON's are plain.
    members: dict[str, object] = msgspec.to_builtins(descriptor, enc_hook=str)
    return {name: value for name, value in members.items() if value is not None}
