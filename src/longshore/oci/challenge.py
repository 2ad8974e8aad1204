"""Challenges: what a WWW-Authenticate header asks a client for (RFC 9110, section 11.6.1).

Decides how schemes and their parameters are read off one header, or several joined by commas.
A header is read as far as it is well-formed: servers differ, and a client has to try.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_CHARACTERS = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# The next word: a parameter where "=" and a value follow it, else a scheme.
_WORD = re.compile(
    rf"""[\s,]*(?P<name>{_CHARACTERS})(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>{_CHARACTERS})))?"""
)


class Challenge(NamedTuple):
    """One scheme, in lower case, and its parameters, whose names are in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(header: str) -> list[Challenge]:
    """Every challenge of the header, in its order."""
    found: list[Challenge] = []
    position = 0
    while (word := _WORD.match(header, position)) is not None:
        position = word.end()
        name, quoted, bare = word["name"].lower(), word["quoted"], word["bare"]
        if quoted is None and bare is None:
            found.append(Challenge(name, {}))
        elif found:
            value = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found[-1] = Challenge(found[-1].scheme, {**found[-1].parameters, name: value})
    return found
