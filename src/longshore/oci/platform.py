"""Platforms: `os/architecture[/variant]`, as users choose one and indexes list them.

Decides which platform of an index is the one that was asked for (image-spec, "Image Index").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# Compilers have one arm64, which some tools write with the variant that it is.
_USUAL_VARIANTS = {"arm64": "v8"}


class Platform(NamedTuple):
    os: str
    architecture: str
    variant: str = ""

    @classmethod
    def parse(cls, text: str) -> Platform:
        """The platform that `text` spells; raises ValueError."""
        parts = text.split("/")
        if not 2 <= len(parts) <= 3 or not all(parts):
            raise ValueError(f"a platform is os/architecture or os/architecture/variant: {text}")
        return cls(*parts)

    @classmethod
    def of(cls, described: object) -> Platform | None:
        """What a descriptor, or an image's configuration, says of its platform."""
        if not isinstance(described, Mapping):
            return None
        names = [str(described.get(key) or "") for key in ("os", "architecture", "variant")]
        return cls(*names) if names[0] and names[1] else None

    def fits(self, other: Platform) -> bool:
        """Whether the other is what this one asks for; without a variant, any or none will do."""
        if (self.os, self.architecture) != (other.os, other.architecture):
            return False
        usual = _USUAL_VARIANTS.get(self.architecture, "")
        return not self.variant or self.variant == (other.variant or usual)

    def __str__(self) -> str:
        return "/".join(filter(None, self))
