"""Promotion: a copy to where others look, of all that belongs to an image.

Decides that a version, once it is there, stays what it is: the same tag with another digest is
refused unless somebody insists. Other tags move.
"""

from __future__ import annotations

from longshore.client.content import Target
from longshore.client.copying import Difference
from longshore.client.errors import VersionExists
from longshore.client.manifests import Expected
from longshore.delivery.tags.versions import Version
from longshore.oci.names import Tag


def is_version(tag: Tag) -> bool:
    """Whether a tag is a whole version, with a `v` or without, which is not expected to move."""
    return Version.read(tag.removeprefix("v")) is not None


def expectation(
    target: Target, difference: Difference, tag: Tag | None, *, force: bool = False
) -> Expected | None:
    """Where the tag has to be for the copy to go on; raises VersionExists.

    The registry is told, too, so that no other push comes in between where it can see to that.
    """
    if force or tag is None or not is_version(tag):
        return None
    there = target.find(tag)
    ours = difference.tree.root.digest
    if there not in {None, ours}:
        raise VersionExists(tag, there, ours)
    return Expected(there)
