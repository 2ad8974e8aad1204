"""Versions: what Semantic Versioning 2.0.0 calls one, as a tag spells it.

Decides what is a version, which of two comes first, and which declared variant of an image one
names. A variant is no pre-release: `2.1.401-stretch` is as stable as `2.1.401`, in a line of its
own, once somebody declared `stretch`. It knows neither git nor a registry.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from longshore.oci.names import Tag

TAG_LIMIT = 128  # characters, by the grammar of tags
AFFIX_LIMIT = 32  # characters that a policy may put around a name, so that there is room for it

_NUMBER = r"(0|[1-9][0-9]*)"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?")
NUMBERS = re.compile(r"[vV]?[0-9]+(?:\.[0-9]+)*")
"""What anybody takes for a version or an alias of one."""

_BUILD = re.compile(r"[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*")

# Begins with a letter, so that no name of a variant is one of a version, and has no `_`, which
# begins the build.
_VARIANT = re.compile(r"[a-zA-Z][a-zA-Z0-9.-]*")

# What people call the stages before a release; any other word may be a variant not declared.
_STAGE = re.compile(
    r"(?:a|alpha|b|beta|c|canary|ci|dev|m|nightly|pre|preview|rc|snapshot)(?![a-z]).*",
    re.IGNORECASE,
)


class Version(NamedTuple):
    """A version of one variant of an image; the empty variant is the image as such.

    A tuple, since a registry reads thousands of them to place one. Its order is `precedence`.
    """

    major: int
    minor: int
    patch: int
    prerelease: str = ""
    build: str = ""
    variant: str = ""

    @classmethod
    def read(cls, text: str, variants: Collection[str] = ()) -> Version | None:
        """The version that a tag spells, `1.0.5_b7` for 1.0.5+b7; None if it is no version."""
        if not text[:1].isdecimal():
            return None
        core, mark, build = text.partition("+") if "+" in text else text.partition("_")
        ending = [variant for variant in variants if core.endswith(f"-{variant}")]
        variant = max(ending, key=len, default="")
        found = _VERSION.fullmatch(core.removesuffix(f"-{variant}") if variant else core)
        if not found or len(text) > TAG_LIMIT or (mark and not _BUILD.fullmatch(build)):
            return None
        major, minor, patch = (int(number) for number in found.group(1, 2, 3))
        return cls(major, minor, patch, found[4] or "", build, variant)

    def __str__(self) -> str:
        prerelease = f"-{self.prerelease}" if self.prerelease else ""
        variant = f"-{self.variant}" if self.variant else ""
        build = f"_{self.build}" if self.build else ""
        return f"{self.major}.{self.minor}.{self.patch}{prerelease}{variant}{build}"

    @property
    def tag(self) -> Tag:
        """The tag of exactly this version; `+` is no character of tags, `_` stands for it."""
        return Tag(self)

    @property
    def is_stable(self) -> bool:
        return not self.prerelease and not self.build

    @property
    def has_usual_stage(self) -> bool:
        """Whether its pre-release begins with a word that people use for one."""
        return bool(_STAGE.fullmatch(self.prerelease) or self.prerelease[:1].isdecimal())

    @property
    def precedence(self) -> tuple[object, ...]:
        """A key that sorts as SemVer, section 11, orders: numbers as numbers, releases last."""
        if not self.prerelease:
            return *self[:3], True
        identifiers = (
            (False, int(each), "") if each.isdecimal() else (True, 0, each)
            for each in self.prerelease.split(".")
        )
        return *self[:3], False, *identifiers

    def of_variant(self, variant: str) -> Version:
        """The same version of another variant."""
        return self._replace(variant=variant)


def check_variant(name: str) -> str:
    """The name again; raises ValueError where it would be taken for something else."""
    if not _VARIANT.fullmatch(name) or name == "latest" or len(name) > AFFIX_LIMIT:
        raise ValueError(
            f"a variant has at most {AFFIX_LIMIT} letters, digits, '.' or '-', begins with a"
            " letter, and is not 'latest'"
        )
    return name
