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

    @property
    def specificity(self) -> tuple[int, int, int, str]:
        """A key by which of several that match a name the one that says most of it comes last.

        What is said before the first wildcard counts first, then the whole; `*` says more than
        `**`.
        """
        return len(self.prefix), len(self.replace("*", "")), -self.count("**"), self


EVERYTHING = Pattern("**")


def _is_component(text: str) -> bool:
    has_stars_within = "**" in text and text != "**"
    return not has_stars_within and _COMPONENT.fullmatch(text) is not None


# Whoever may grant writes patterns, so none may take long: what was found behind a wildcard is not
# looked for once more (the atomic groups), but behind the last one, which must reach the end.
@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    if "*" not in pattern:
        return re.compile(rf"{re.escape(pattern)}(?:/.+)?")
    first, *others = _runs(pattern)
    if not others:
        return re.compile("/".join(first))
    *middle, last = others
    found = [f"{one}/" for one in first]
    found += [f"(?>(?:[^/]+/)*?{''.join(f'{one}/' for one in run)})" for run in middle if run]
    found.append(f"(?:[^/]+/)*{'/'.join(last)}" if last else ".+")
    return re.compile("".join(found))


def _runs(pattern: str) -> list[list[str]]:
    """What stands between the `**`: components, each as a regular expression."""
    runs: list[list[str]] = [[]]
    for component in pattern.split("/"):
        if component == "**":
            runs.append([])
        else:
            runs[-1].append(_component(component))
    return runs


def _component(text: str) -> str:
    first, *others = map(re.escape, text.split("*"))
    if not others:
        return first
    *middle, last = others
    return f"{first}{''.join(f'(?>[^/]*?{one})' for one in middle)}[^/]*{last}"
