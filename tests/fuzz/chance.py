"""Values by chance, put together as a grammar is: each is made by a function of a `Random`.

Fuzzers need many, and shrink none: so made, one costs a hundredth of what Hypothesis takes for it,
and what an example costs is what it shows. Odd values come often, as they find most. Knows no
format.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Hashable, Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
Make = Callable[[Random], T]

ASCII = range(0x20, 0x7F)
LATIN = range(0x20, 0x100)
VISIBLE = range(0x21, 0x7F)  # what a target can carry over the wire without ending it

# Planes of Unicode but for halves of characters, which only JSON can spell.
_CHARACTERS = [
    ASCII,
    ASCII,
    range(0x20),
    range(0x7F, 0x100),
    range(0x100, 0xD800),
    range(0xE000, 0x10000),
    range(0x10000, 0x110000),
]

# Text over which readers have stumbled: numbers and words of other languages, letters that grow or
# shrink in another case or form, ends of lines that only some know, text that turns round.
_WORDS = (
    "",
    *("null", "None", "undefined", "true", "NaN", "-Infinity", "__proto__", "constructor"),
    *("0", "-0", "+1", "01", "1e100", "0x10", "1_000", "9" * 30, "\u0663", "\u00b2", "0..0"),
    *("\0", "\t", "\r\n", "\x1c", "\x7f", "\x85", "\xa0", "\u2028", "\u2029", "\ufeff", "\u200b"),
    *("\u0130", "\u0131", "\u017f", "\u212a", "\u00df", "\ufb01", "\u023a", "e\u0301", "\u00e9"),
    *("\u202eabc", "\U0001f6a2", "\U0001f1fa\U0001f1f8", "\U0001d400", "\uff0e\uff0e\uff0f"),
    *(".", "..", "../..", "/", "//", "\\", "%", "%2F", "%00", "&", "=", "+", "'", '"', ":", "@"),
)
_FLOATS = (
    *(0.0, -0.0, 0.5, 1.0, -1.5, 1e16, 2.0**53 + 2, 1e100, float("inf"), float("-inf")),
    *(float("nan"), sys.float_info.max, sys.float_info.min, 5e-324, sys.float_info.epsilon),
)
_BITS = (0, 1, 2, 4, 8, 16, 31, 32, 33, 53, 54, 63, 64, 65, 128)


def just(value: T) -> Make[T]:
    return lambda _: value


def one_of(values: Sequence[T]) -> Make[T]:
    return lambda chance: chance.choice(values)


def either(*makers: Make[T]) -> Make[T]:
    return lambda chance: chance.choice(makers)(chance)


def mostly(good: Make[T], odd: Make[T]) -> Make[T]:
    """A good value, but for one time in eight."""
    return lambda chance: (good if chance.randrange(8) else odd)(chance)


def numbers(least: int, most: int) -> Make[int]:
    """Each as often as another, but for the first and the last, which are ends of something."""
    ends = (least, most, min(least + 1, most), max(most - 1, least))

    def make(chance: Random) -> int:
        return chance.randint(least, most) if chance.randrange(6) else chance.choice(ends)

    return make


def integers(chance: Random) -> int:
    """Of any size, and next to where sizes end."""
    bits = chance.choice(_BITS)
    number = chance.getrandbits(bits) if chance.randrange(3) else (1 << bits) - chance.randrange(3)
    return -number if chance.randrange(2) else number


def floats(chance: Random) -> float:
    if chance.randrange(2):
        return chance.choice(_FLOATS)
    number: float = struct.unpack("d", chance.randbytes(8))[0]
    return number


def data(most: int) -> Make[bytes]:
    """Any bytes, up to so many."""
    return lambda chance: chance.randbytes(chance.randint(0, most))


def letters(among: range, most: int) -> Make[str]:
    """Text of these characters; short ones as often as long ones."""

    def make(chance: Random) -> str:
        return "".join(map(chr, chance.choices(among, k=chance.randint(0, most))))

    return make


def text(most: int) -> Make[str]:
    """Any text: a word that is known to be odd, or up to so many characters."""

    def make(chance: Random) -> str:
        if not chance.randrange(4):
            return chance.choice(_WORDS)[:most]
        planes = chance.choices(_CHARACTERS, k=chance.randint(0, most))
        return "".join(chr(chance.choice(plane)) for plane in planes)

    return make


def form(pattern: str, *makers: Make[Any]) -> Make[str]:
    """What `pattern.format` makes of values."""
    return lambda chance: pattern.format(*[make(chance) for make in makers])


def lists(make: Make[T], least: int, most: int) -> Make[list[T]]:
    return lambda chance: [make(chance) for _ in range(chance.randint(least, most))]


def joined(between: str, make: Make[str], most: int) -> Make[str]:
    """A list as text."""
    return lambda chance: between.join(lists(make, 0, most)(chance))


def dictionaries(keys: Make[K], values: Make[T], most: int) -> Make[dict[K, T]]:
    return lambda chance: {keys(chance): values(chance) for _ in range(chance.randint(0, most))}


def nested(leaves: Make[Any], keys: Make[str], *, deep: int = 3) -> Make[Any]:
    """A leaf mostly, or a list, or an object of others, to some depth."""
    if not deep:
        return leaves
    inner = nested(leaves, keys, deep=deep - 1)
    return either(leaves, leaves, lists(inner, 0, 3), dictionaries(keys, inner, 3))
