"""What is told of an image that has its names: a line for each, or one event as JSON.

It decides what goes to which stream: names with their digest to standard output, which of them
stayed and why to standard error. Its JSON has the keys of `transfers`, and some of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import typer

from longshore.cli.transfers import summary

if TYPE_CHECKING:
    from longshore.cli.deliveries import Content
    from longshore.client.copying import Copied, Difference
    from longshore.client.releases import Release
    from longshore.delivery.tags.aliases import Decision
    from longshore.delivery.tags.naming import Naming
    from longshore.oci.image import ImageReference


class Delivered(NamedTuple):
    """An image and its names; without `content` nothing was read, without `release` nothing was
    decided by the registry."""

    target: ImageReference
    naming: Naming
    content: Content | None
    release: Release | None
    notes: list[str]
    is_plan: bool

    @property
    def is_nothing(self) -> bool:
        if self.content is None or self.release is None or self.release.moves:
            return False
        return self.content.difference is None or self.content.difference.is_nothing

    @property
    def references(self) -> list[str]:
        names = self.release.names if self.release else self.naming.tags
        return [f"{self.target.name}:{tag}" for tag in names]

    def show(self) -> None:
        for note in [*self.notes, *(self.release.notes if self.release else ())]:
            typer.echo(f"note: {note}", err=True)
        self._show_stays()
        content = self.content
        if content is not None and content.difference is not None:
            typer.echo(self._summary(content.difference, content.copied), err=True)
        if self.is_plan:
            typer.echo("Nothing was pushed, and no name set.", err=True)
        elif self.release is not None and not self.release.at_once:
            typer.echo(f"note: {self._parted()}", err=True)
        digest = f"@{content.pulled.digest}" if content is not None else ""
        for reference in self.references:
            typer.echo(f"{reference}{digest}")

    def _summary(self, difference: Difference, copied: Copied | None) -> str:
        if difference.is_nothing and not self.is_nothing:
            return "Nothing to upload: all of the image is there."
        return summary(difference, copied)

    def _parted(self) -> str:
        """Why the names were not set at one moment."""
        if self.content is not None and self.content.by_engine:
            return f"{self.naming.tags[0]} was set by Docker Engine, and then the others"
        return "the names were set one after the other, since this registry sets one at a time"

    def _show_stays(self) -> None:
        stays = [(one.tag, one.reason) for one in self.naming.withheld]
        if self.release is not None:
            stays = [(one.tag, one.reason) for one in self.release.decisions if not one.moves]
        width = max((len(tag) for tag, _ in stays), default=0)
        for tag, reason in stays:
            typer.echo(f"stays  {tag:{width}}  {reason}", err=True)

    def as_dict(self) -> dict[str, object]:
        content, release = self.content, self.release
        decisions = release.decisions if release else self._planned()
        difference = content.difference if content else None
        copied = content.copied if content else None
        return {
            "event": "plan" if self.is_plan else "done",
            "image.name": ",".join(self.references),
            **self._described(),
            "tags": [
                {"tag": one.tag, "moves": one.moves, "reason": one.reason} for one in decisions
            ],
            "at_once": release.at_once if release else None,
            "manifests": len(difference.nodes) if difference else 0,
            "blobs": len(difference.blobs) if difference else 0,
            "mounted": copied.mounted if copied else 0,
            "bytes": copied.bytes if copied else difference.bytes if difference else 0,
            "notes": [*self.notes, *(release.notes if release else ())],
            "nothing_to_do": self.is_nothing,
        }

    def _planned(self) -> list[Decision]:
        """What the registry's tags say, where the registry was not asked to decide."""
        from longshore.delivery.tags.aliases import Decision

        moving = (Decision(one.tag, moves=True, reason=one.reason) for one in self.naming.names)
        return [*moving, *self.naming.withheld]

    def _described(self) -> dict[str, object]:
        """The keys of `docker buildx build --metadata-file`, where the image has been read."""
        if self.content is None:
            return {}
        pulled = self.content.pulled
        return {
            "containerimage.digest": pulled.digest,
            "containerimage.descriptor": {
                "mediaType": pulled.media_type,
                "digest": pulled.digest,
                "size": len(pulled.content),
            },
        }
