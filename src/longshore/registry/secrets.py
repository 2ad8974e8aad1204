"""Secrets that programs hold: of robots, the refresh tokens that `docker login` keeps, and codes by
which hosts join.

Decides their form, which a scanner recognises wherever one leaks, and what is kept of them. A
mistyped or invented one is told by its checksum, before any database is asked. For a scanner:

    \\bls[rfj]_[0-9A-Za-z]{38}\\b
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from enum import StrEnum

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 32  # base62 digits: 190.5 bits
_CHECKSUM = 6  # base62 digits, which hold the 32 bits of a CRC

_FORM = re.compile(rf"ls[rfj]_[0-9A-Za-z]{{{_RANDOM + _CHECKSUM}}}")


class Kind(StrEnum):
    """What a secret is for: its first letters."""

    ROBOT = "lsr_"
    REFRESH = "lsf_"
    JOIN = "lsj_"


def new(kind: Kind) -> str:
    """A secret that nobody has seen."""
    text = kind + "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM))
    return text + _checksum(text)


def is_wellformed(text: str) -> bool:
    """Whether it can be one of ours at all; says nothing of whether it is."""
    if _FORM.fullmatch(text) is None:
        return False
    return text[-_CHECKSUM:] == _checksum(text[:-_CHECKSUM])


def digest_of(secret: str) -> str:
    """What is kept of a well-formed secret: its SHA-256, in hex.

    A slow hash makes up for a password that can be guessed. Nobody guesses 190 random bits,
    so the quick one does, and a database finds it by its index.
    """
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _checksum(text: str) -> str:
    rest, digits = zlib.crc32(text.encode("ascii")), ""
    for _ in range(_CHECKSUM):
        rest, digit = divmod(rest, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
