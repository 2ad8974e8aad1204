"""Numbers in tags: `1.10.0-rc.1` begins with three, and 1.10.0 comes after 1.9.0.

Decides which tags have a place in the order of numbers, so that the highest of many is found
without reading all. What a tag means beside that, others decide.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBER = r"(0|[1-9][0-9]*)"
_NUMBERED = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(.*)")


class Numbered(NamedTuple):
    """Three numbers, and what follows them in the tag."""

    numbers: tuple[int, int, int]
    ending: str


def read(tag: str) -> Numbered | None:
    """What the tag is made of; None if it does not begin with three numbers."""
    found = _NUMBERED.fullmatch(tag)
    if found is None:
        return None
    first, second, third, ending = found.groups()
    return Numbered((int(first), int(second), int(third)), ending)
