"""Publishing: which versions a team shows to others, and under which name.

Decides by what the team's file says: stable versions, pre-releases too where it says so, within
bounds where there are some. Of a version all variants go or none, which no one of the `series` that
an environment follows can say. How an image gets there it does not know.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from longshore.delivery.errors import Refused
from longshore.delivery.tags import naming
from longshore.delivery.tags.policy import Policy
from longshore.delivery.tags.versions import Version
from longshore.oci.names import Tag

Compare = Callable[[Any, Any], bool]

_BOUND = re.compile(r"(>=|<=|>|<|=)\s*([0-9][^\s,<>=]*)")
_COMPARE: dict[str, Compare] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}


class Bound(NamedTuple):
    """One end of a range."""

    sign: str
    version: Version


@dataclass(frozen=True)
class Bounds:
    """Versions within all of these bounds, such as `>=1.0.0 <3.0.0`; without any, all versions."""

    text: str = ""

    def __post_init__(self) -> None:
        left = _BOUND.sub("", self.text).replace(",", "").strip()
        if left or len(self.bounds) < len(_BOUND.findall(self.text)):
            raise ValueError("write a range of versions as '>=1.0.0 <3.0.0'")

    @property
    def bounds(self) -> list[Bound]:
        found = ((sign, Version.read(text)) for sign, text in _BOUND.findall(self.text))
        return [Bound(sign, version) for sign, version in found if version]

    def covers(self, version: Version) -> bool:
        """Whether it is within the range, by SemVer's order; a variant counts as its version."""
        return all(
            _COMPARE[bound.sign](version.precedence, bound.version.precedence)
            for bound in self.bounds
        )


@dataclass(frozen=True)
class Publication:
    """What a team shows to others."""

    to: str
    """The image there, without a tag."""
    prereleases: bool = False
    versions: Bounds = Bounds()

    def tag_of(self, policy: Policy, text: str) -> Tag:
        """The tag of a version that may be shown, from `1.0.5` or `v1.0.5`; raises Refused."""
        version = naming.version_of(policy, text)
        if version is None:
            raise Refused(f"{text} is no version, and only versions are published")
        if not version.is_stable and not self.prereleases:
            raise Refused(
                f"{version} is no stable version: `prereleases: true` below `public` publishes"
                " those, too"
            )
        if not self.versions.covers(version):
            raise Refused(f"{version} is not among the versions to publish: {self.versions.text}")
        return version.tag
