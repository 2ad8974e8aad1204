"""Patterns: which repositories a grant, a quota or a policy is about.

Decides what a pattern matches. A plain name is that repository and everything below it, at any
depth. With wildcards it is exactly what it says: `*` stands for characters of one component, `**`
for components: `team/**` is all below team, `**/cache` every cache, `**` everything.
"""

from __future__ import annotations

import functools
import re

from longshore.oci.names import NAME_LIMIT

_COMPONENT = re.compile(r"\*\*|[a-z0-9*]+(?:(?:\.|_|__|-+)[a-z0-9*]+)*")


class PatternInvalid(ValueError):
    """The text is no pattern; the message says what one is."""


class Pattern(str):
    """A well-formed pattern. Compared, and kept, as the text it is."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Raises PatternInvalid."""
        components = text.split("/")
        if len(text) > NAME_LIMIT or not all(map(_is_component, components)):
            raise PatternInvalid(
                f"{text!r} is no pattern: write a repository such as team/app, or use"
                " '*' within a component and '**' for any number of them, such as team/**"
            )
        return cls(text)

    def matches(self, name: str) -> bool:
        return _compiled(self).fullmatch(name) is not None

    def covers(self, other: Pattern) -> bool:
        """Whether this one surely matches all that the other does."""
        if self in {"**", other}:
            return True
        head = self.removesuffix("/**")
        return "*" not in head and other.startswith(f"{head}/")

    @property
    def prefix(self) -> str:
        """What every name that it matches begins with."""
        return self.partition("*")[0]


EVERYTHING = Pattern("**")


def _is_component(text: str) -> bool:
    has_stars_within = "**" in text and text != "**"
    return not has_stars_within and _COMPONENT.fullmatch(text) is not None


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    if "*" not in pattern:
        return re.compile(rf"{re.escape(pattern)}(?:/.+)?")
    *heads, last = pattern.split("/")
    parts = [r"(?:[^/]+/)*" if one == "**" else f"{_component(one)}/" for one in heads]
    return re.compile("".join(parts) + (".+" if last == "**" else _component(last)))


def _component(text: str) -> str:
    return r"[^/]*".join(map(re.escape, text.split("*")))
