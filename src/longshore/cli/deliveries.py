"""What `push` and `release` share: an image of a checkout, brought to its repository and named.

It decides the order: names are found before anything goes, content goes before names, and nothing
goes that the registry has. What the names are and which of them move is `delivery`'s to say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import typer

from longshore.cli import engines
from longshore.cli.checkouts import Given
from longshore.cli.delivered import Delivered
from longshore.cli.places import home, layout_path
from longshore.cli.transfers import Transfer
from longshore.delivery.tags.policy import SLUG
from longshore.oci.names import Tag

if TYPE_CHECKING:
    from longshore.cli.engines import EngineImage
    from longshore.client.copying import Copied, Difference
    from longshore.client.manifests import Pulled
    from longshore.client.origins import Found
    from longshore.client.places import LayoutPath
    from longshore.client.releases import Release
    from longshore.delivery.tags.checkout import Checkout
    from longshore.delivery.tags.naming import Naming
    from longshore.delivery.tags.policy import Policy
    from longshore.delivery.tags.rules import Rules
    from longshore.oci.image import ImageReference
    from longshore.oci.platform import Platform


class Content(NamedTuple):
    """A manifest that is in the repository, and what went for it to be there."""

    pulled: Pulled
    difference: Difference | None = None
    copied: Copied | None = None
    by_engine: bool = False


@dataclass(frozen=True)
class Delivery:
    """An image of a checkout on its way to its repository."""

    transfer: Transfer
    target: ImageReference
    rules: Rules
    policy: Policy
    checkout: Checkout
    naming: Naming
    by_engine: bool
    dry_run: bool
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, transfer: Transfer, given: Given, *, by_engine: bool, dry_run: bool) -> Delivery:
        """What the checkout is called by what its registry has; raises Refused, Undetermined."""
        from longshore.client import naming

        project, checkout = given.read_project(), given.read_checkout()
        target, policy = home(project.image), project.to_policy()
        named = naming.names(
            transfer.session.repository(target),
            policy,
            checkout,
            variant=given.variant,
            allows_changes=given.dirty,
        )
        what = project, policy, checkout, named
        return cls(transfer, target, *what, by_engine, dry_run, list(named.notes))

    def only_versions(self) -> Delivery:
        """Without the names of branches; raises Undetermined where no version is left."""
        from longshore.delivery.errors import Undetermined

        kept = tuple(name for name in self.naming.names if name.kind != "branch")
        if not kept:
            raise Undetermined(
                "no version is tagged at this commit: `git tag"
                f" {self.policy.tag_prefix}1.0.5`, or say --version"
            )
        return replace(self, naming=replace(self.naming, names=kept))

    def deliver(self, source: str | None) -> Delivered:
        """Bring the image that the text names, or that the checkout means, and name it."""
        layout = layout_path(source) if source else None
        if layout is not None:
            return self.finish(self._from_path(layout))
        with engines.opened() as images:
            commit = self.checkout.commit
            local = engines.find(images, source, self.target, self.naming.tags, commit)
            self._tell_of(local)
            return self.finish(self._from_engine(local))

    def finish(self, content: Content | None) -> Delivered:
        """Set the names to what is there; None if nothing shall go, not even for a look."""
        from longshore.client import releases

        release: Release | None = None
        if content is not None and (not self.dry_run or content.difference is None):
            repository = self.transfer.session.repository(self.target)
            release = releases.release(
                repository, self.rules, self.naming, content.pulled, dry_run=self.dry_run
            )
            if content.by_engine:
                release = release.after(self.naming.tags[0])
        return Delivered(self.target, self.naming, content, release, self.notes, self.dry_run)

    def built(self) -> Content | None:
        """The image of this commit where the registry has it, under the tag of a branch."""
        if not self.checkout.commit:
            return None
        written = (rule.template for rule in self.policy.branches if SLUG not in rule.template)
        for tag in dict.fromkeys([*self.naming.branches, *map(Tag, filter(None, written))]):
            found = self.there(tag)
            if found is not None and found.origin.revision == self.checkout.commit:
                self.notes.append(
                    f"{self.target.name}:{tag} is of this commit: nothing is uploaded"
                )
                return Content(found.pulled)
        return None

    def there(self, tag: Tag) -> Found | None:
        """What has a tag in the registry."""
        from longshore.client import origins
        from longshore.client.remote import Remote
        from longshore.oci.errors import ManifestUnknown, NameUnknown

        try:
            return origins.look(Remote(self.transfer.session.repository(self.target)), tag)
        except (ManifestUnknown, NameUnknown):
            return None

    def _from_path(self, layout: LayoutPath, platform: Platform | None = None) -> Content:
        from longshore.client.copying import Choice, Copying
        from longshore.client.remote import Remote

        session = self.transfer.session
        to = Remote(session.repository(self.target))
        copying = Copying(session.source(layout), to, None, session.pool, self.transfer.watch)
        difference = copying.compare(Choice(layout.reference, platform))
        copied = None if self.dry_run else copying.transfer(difference)
        return Content(difference.tree.root.pulled, difference, copied)

    def _from_engine(self, local: EngineImage) -> Content | None:
        from longshore.client.places import LayoutPath

        found = next(self._known(local), None)
        if found is not None:
            self.notes.append(f"{local.image} is in the registry already: nothing is uploaded")
            return Content(found.pulled)
        self._check_versions()
        if self.dry_run:
            return None
        if self.by_engine:
            return self._by_engine(local)
        with local.packed(self.transfer.watch) as file:
            layout = LayoutPath(file)
            return self._from_path(layout, self._only(layout, local))

    def _only(self, layout: LayoutPath, local: EngineImage) -> Platform | None:
        """The platform that the engine has of an index; None if it has all of the image."""
        from longshore.client.layouts import LayoutSource

        source = self.transfer.session.source(layout)
        if not isinstance(source, LayoutSource) or source.is_whole(None):
            return None
        platform = local.images.platform()
        self.notes.append(f"the engine has not all of the image: only {platform} goes")
        return platform

    def _check_versions(self) -> None:
        """Raises Refused before content goes that the registry has not under any of the names."""
        from longshore.client import manifests
        from longshore.delivery.tags import elsewhere

        repository = self.transfer.session.repository(self.target)
        there = {tag: manifests.find(repository, tag) for tag in self.naming.versions}
        found: dict[str, str] = {tag: digest for tag, digest in there.items() if digest}
        elsewhere.decide(self.policy, self.naming, found, "")

    def _by_engine(self, local: EngineImage) -> Content:
        """An engine pushes under a tag only: the first, which is a version if there is any."""
        from longshore.client import manifests

        digest = local.push(self.target, self.naming.tags[0], self.transfer.watch)
        repository = self.transfer.session.repository(self.target)
        return Content(manifests.get(repository, digest), by_engine=True)

    def _known(self, local: EngineImage) -> Iterator[Found]:
        """The image in the registry, by a digest that the engine has for it, or under a name."""
        own = {local.image.id, *local.image.digests}
        from longshore.client import origins
        from longshore.client.remote import Remote
        from longshore.oci.digest import Digest
        from longshore.oci.errors import OCIError

        remote = Remote(self.transfer.session.repository(self.target))
        for digest in sorted(own):
            with contextlib.suppress(OCIError):
                if remote.find(Digest.parse(digest)):
                    yield origins.look(remote, Digest.parse(digest))
        for tag in self.naming.tags:
            found = self.there(tag)
            if found is not None and found.digests & own:
                yield found

    def _tell_of(self, local: EngineImage) -> None:
        from longshore.delivery.tags import local as rules

        self.notes.extend(rules.notes(local.image, self.checkout.commit))
        typer.echo(f"{local.image}, out of Docker Engine", err=True)
