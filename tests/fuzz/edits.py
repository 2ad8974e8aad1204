"""Changes to bytes that were right: some replaced, some there twice, some cut off."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.fuzz.chance import Make, data, either, lists, one_of

Edit = Callable[[bytes], bytes]

_INSERTED = either(data(8), one_of([b"\r\n", b"\r\n\r\n", b"\0", b": ", b" ", b"%"]))
_LONGEST = 12  # bytes that an edit replaces or repeats


def edit(chance: Random) -> Edit:
    """Somewhere: at the start and at the end more often than between."""
    start = chance.random() if chance.randrange(4) else chance.choice([0.0, 0.0, 1.0])
    length, inserted = chance.randint(0, _LONGEST), _INSERTED(chance)
    kind = chance.choice(["replace", "repeat", "cut"])

    def change(data: bytes) -> bytes:
        at = int(start * len(data))
        before, hit, after = data[:at], data[at : at + length], data[at + length :]
        if kind == "replace":
            return before + inserted + after
        return before + hit * 3 + after if kind == "repeat" else before

    return change


def edits(least: int, most: int) -> Make[Callable[[bytes], bytes]]:
    """So many, one after the other, as one."""
    many = lists(edit, least, most)

    def make(chance: Random) -> Edit:
        changes = many(chance)

        def change(data: bytes) -> bytes:
            for one in changes:
                data = one(data)
            return data

        return change

    return make
