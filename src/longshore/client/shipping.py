"""Copying and promoting as users ask for them: from a place to a place, in a session.

Decides under which tag an image arrives: the target's, else the source's, else `latest`; and none
if the source was named by its digest only. The rest is the business of `copying` and `promoting`.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.client.copying import Choice, Copied, Copying, Difference, Watch
from longshore.client.manifests import Expected
from longshore.client.places import LayoutPath, Place
from longshore.client.session import Session
from longshore.oci.errors import DigestInvalid
from longshore.oci.image import DEFAULT_TAG
from longshore.oci.names import Tag
from longshore.oci.platform import Platform


class Options(NamedTuple):
    """What to copy of an image; `force` replaces a version that is another image."""

    platform: Platform | None = None
    attached: bool = True
    force: bool = False


class Shipment:
    """One image on its way. `compare` writes nothing, `send` does."""

    def __init__(
        self, session: Session, source: Place, target: Place, options: Options, watch: Watch
    ) -> None:
        tag = tag_at(source, target)
        self.target = target._replace(tag=tag)
        self._choice = Choice(source.reference, options.platform, options.attached)
        self._force = options.force
        self._to = session.target(target)
        self._copying = Copying(session.source(source), self._to, tag, session.pool, watch)

    def compare(self) -> Difference:
        """What there is to copy; raises DigestInvalid if the target names another digest."""
        difference = self._copying.compare(self._choice)
        wanted = None if isinstance(self.target, LayoutPath) else self.target.digest
        if wanted not in {None, difference.tree.root.digest}:
            raise DigestInvalid(f"{difference.tree.root.digest} is not {wanted}")
        return difference

    def check(self, difference: Difference) -> Expected | None:
        """What a promotion relies on; raises VersionExists."""
        from longshore.client import promoting

        return promoting.expectation(self._to, difference, self.target.tag, force=self._force)

    def send(self, difference: Difference, expected: Expected | None = None) -> Copied:
        return self._copying.transfer(difference, expected)


def tag_at(source: Place, target: Place) -> Tag | None:
    """The tag under which an image arrives."""
    if target.tag or source.tag:
        return target.tag or source.tag
    named = (each.digest for each in (source, target) if not isinstance(each, LayoutPath))
    return None if any(named) else DEFAULT_TAG
