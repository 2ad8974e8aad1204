"""Images that say where they come from, put into a registry to be found there."""

from __future__ import annotations

import itertools

from longshore.client import tags
from longshore.client.copying import Choice, Copying
from longshore.client.manifests import Pulled
from longshore.client.places import LayoutPath
from longshore.client.remote import Remote
from longshore.client.session import Session
from longshore.client.transport import Repository
from longshore.oci.image import ImageReference
from longshore.oci.names import Tag
from longshore.registry.history import BRANCH_KEY, REVISION_KEY
from tests.clients.content import Descriptor, Layout

_numbers = itertools.count(1)


class Shipped:
    """One repository of a registry, and a layout that its images come from."""

    def __init__(self, session: Session, layout: Layout, image: str) -> None:
        self.repository: Repository = session.repository(ImageReference.parse(image))
        self._session = session
        self._layout = layout

    def push(self, tag: str, described: Descriptor) -> Pulled:
        """Push an image under a tag."""
        name = f"pushed-{next(_numbers)}"
        self._layout.tag(name, described)
        source = self._session.source(LayoutPath(self._layout.path, Tag(name)))
        target = Remote(self.repository)
        copying = Copying(source, target, Tag(tag), self._session.pool, lambda _: None)
        difference = copying.compare(Choice(Tag(name)))
        copying.transfer(difference)
        return difference.tree.root.pulled

    def image(self, branch: str = "", revision: str = "") -> Descriptor:
        """Make an image that is like no other, and says that it is of this origin."""
        message = f"{next(_numbers)}".encode()
        labels = {BRANCH_KEY: branch, REVISION_KEY: revision}
        return self._layout.image({"message": message}, labels=labels)

    def tags(self) -> dict[str, str]:
        """The digests that all tags name now."""
        there = Remote(self.repository)
        return {tag: str(there.find(Tag(tag))) for tag in tags.known(self.repository)}
