"""Lines of a service's log on their way from a host to whoever reads them, sealed to the reader.

Decides their form, which the two ends know and nobody between them: HPKE (RFC 9180) with X25519,
HKDF-SHA256 and AES-256-GCM, and JSON in it. So a server can hand on what it can not read, and has
nothing of it in its files. An answer is bound to its place: another host's opens as nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from longshore.client.errors import UnexpectedReply

SEAL = 32 + 16  # bytes that a seal adds: an encapsulated key, and a tag

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Line(msgspec.Struct, array_like=True, frozen=True):
    """A line, when it was written in nanoseconds of the host's clock, and by which container."""

    at: int
    container: str
    text: str


class Told(msgspec.Struct, frozen=True):
    """What a host answers: lines in their order.

    `cursor` is where to go on; `is_cut` says that lines before these were left out, for there were
    too many; `problem` why there are none, for people.
    """

    lines: tuple[Line, ...] = ()
    cursor: int = 0
    is_cut: bool = False
    problem: str = ""


class Reader:
    """Whoever reads: a key that lives as long as this does."""

    def __init__(self) -> None:
        self._key = X25519PrivateKey.generate()

    @property
    def key(self) -> str:
        """What to seal to, in base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def open(self, sealed: bytes, place: str) -> Told:
        """What was sealed to this reader at that place; raises UnexpectedReply."""
        try:
            return msgspec.json.decode(_SUITE.decrypt(sealed, self._key, place.encode()), type=Told)
        except (InvalidTag, ValueError) as problem:
            raise UnexpectedReply(f"{place} answers what can not be opened: {problem}") from None


def seal(told: Told, key: str, place: str, most: int) -> bytes:
    """The answer for the reader of that key, in at most so many bytes: the last lines fit first.

    Raises ValueError for what is no key.
    """
    to = X25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
    return _SUITE.encrypt(_fitting(told, most - SEAL), to, place.encode())


def _fitting(told: Told, most: int) -> bytes:
    content = msgspec.json.encode(told)
    if len(content) <= most:
        return content
    bare = msgspec.structs.replace(told, lines=(), is_cut=True)
    room = most - len(msgspec.json.encode(bare))
    return msgspec.json.encode(msgspec.structs.replace(bare, lines=_last(told.lines, room)))


def _last(lines: Sequence[Line], room: int) -> tuple[Line, ...]:
    """As many of the last ones as have room."""
    kept: list[Line] = []
    for line in reversed(lines):
        room -= len(msgspec.json.encode(line)) + 1
        if room < 0:
            break
        kept.append(line)
    return tuple(reversed(kept))
