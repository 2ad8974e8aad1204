"""Places as users write them: an image in a registry, or a layout in a folder or an archive.

Decides which of the two a text is: a path begins with `/`, `./`, `../` or `oci:`; all else is an
image's name. `PATH:TAG` is one image of a layout.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from longshore.oci.image import ImageReference
from longshore.oci.names import Reference, Tag

ARCHIVE_ENDING = ".tar"
PREFIX = "oci:"


class LayoutPath(NamedTuple):
    """A folder or an archive, and which of its images."""

    path: Path
    tag: Tag | None = None

    @property
    def reference(self) -> Reference | None:
        return self.tag

    def __str__(self) -> str:
        return f"{self.path}:{self.tag}" if self.tag else str(self.path)


Place = ImageReference | LayoutPath


def parse(text: str) -> Place:
    """Raises what ImageReference.parse raises, or ManifestInvalid for a bad tag."""
    if is_path(text):
        return parse_path(text.removeprefix(PREFIX))
    return ImageReference.parse(text)


def is_path(text: str) -> bool:
    return text.startswith(("/", "./", "../", PREFIX)) or text in {".", ".."}


def parse_path(text: str) -> LayoutPath:
    """The path of a layout, and the tag behind its last colon."""
    path, colon, tag = text.rpartition(":")
    if not colon or "/" in tag or Path(text).exists():
        return LayoutPath(Path(text))
    return LayoutPath(Path(path), Tag.parse(tag))
