"""Series of versions: `~1.0`, `^1.2`, `1.x`, as an environment follows them.

Decides what a range contains, by the precedence of Semantic Versioning, and which version of those
that are there is the one to run: of one variant, since a host runs one image; only stable ones,
unless that is said. What a team shows to others is of all variants, and `publishing`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from longshore.delivery.tags.versions import Version

_RANGE = re.compile(
    r"(?P<mark>[~^])(?P<numbers>[0-9]+(?:\.[0-9]+){0,2})(?:-(?P<of>[a-zA-Z][a-zA-Z0-9.-]*))?"
    r"|(?P<fixed>(?:[0-9]+\.){1,2}[x*]|\*)(?:-(?P<variant>[a-zA-Z][a-zA-Z0-9.-]*))?"
)


@dataclass(frozen=True)
class Series:
    """Versions from `floor` that have `fixed` numbers in common with it, of one variant."""

    floor: tuple[int, int, int]
    fixed: int
    variant: str = ""
    has_prereleases: bool = False

    @classmethod
    def read(cls, text: str, *, has_prereleases: bool = False) -> Series | None:
        """The range that the text spells; None if it is none, as a tag's name is.

        `~1.0` takes patches, `^1.2` minor versions, `1.x` and `1.0.x` what stands for the x. As
        a version 0.y promises little, `^0.3` takes patches only.
        """
        matched = _RANGE.fullmatch(text)
        if matched is None:
            return None
        variant = matched["of"] or matched["variant"] or ""
        if matched["mark"] is None:
            numbers = [int(number) for number in matched["fixed"].split(".")[:-1]]
            fixed = len(numbers)
        else:
            numbers = [int(number) for number in matched["numbers"].split(".")]
            fixed = _fixed(matched["mark"], numbers)
        major, minor, patch = (*numbers, 0, 0, 0)[:3]
        return cls((major, minor, patch), fixed, variant, has_prereleases)

    @property
    def prefix(self) -> str:
        """What the tags of all its versions begin with, and are longer than."""
        return "".join(f"{number}." for number in self.floor[: min(self.fixed, 2)])

    def version(self, tag: str) -> Version | None:
        """The version that the tag spells, if the range contains it."""
        version = Version.read(tag, (self.variant,) if self.variant else ())
        if version is None or version.variant != self.variant or not self._takes(version):
            return None
        numbers = version[:3]
        is_within = numbers[: self.fixed] == self.floor[: self.fixed]
        return version if is_within and numbers >= self.floor else None

    def _takes(self, version: Version) -> bool:
        # What somebody calls a variant without having declared it looks like a pre-release.
        is_wanted = self.has_prereleases and version.has_usual_stage and not version.build
        return version.is_stable or is_wanted

    def highest(self, tags: Iterable[str]) -> Version | None:
        """The highest version of the range among these tags; None if there is none."""
        found = [version for version in map(self.version, tags) if version]
        return max(found, key=lambda version: version.precedence, default=None)


def _fixed(mark: str, numbers: list[int]) -> int:
    """How many numbers of the range never change."""
    if mark == "~":
        return min(len(numbers), 2)
    leading = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
    return leading + 1
