"""Digests: `algorithm:hex`, checked once and a plain string ever after.

Decides which algorithms this registry serves (image-spec, "Registered Algorithms":
sha256 and sha512) and how a digest is spelled: lower-case hex of the full length.
"""

from __future__ import annotations

import hashlib
import re
from typing import Protocol

from longshore.oci.errors import DigestInvalid

ALGORITHMS = ("sha256", "sha512")
DEFAULT_ALGORITHM = "sha256"

PATTERN = r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})"
_DIGEST = re.compile(PATTERN)


class Hasher(Protocol):
    """The part of hashlib's objects that a running hash needs."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...


class Digest(str):
    """A well-formed digest. Made by `parse` or `of`, so a bare string is never one by accident."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Digest:
        """The digest that `text` spells; raises DigestInvalid for anything else."""
        if _DIGEST.fullmatch(text) is None:
            raise DigestInvalid("not a sha256 or sha512 digest", detail={"digest": text[:200]})
        return cls(text)

    @classmethod
    def of(cls, content: bytes, algorithm: str = DEFAULT_ALGORITHM) -> Digest:
        return cls(f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}")

    @property
    def algorithm(self) -> str:
        return self[:6]  # both names have six letters

    @property
    def hex(self) -> str:
        return self[7:]


def hasher(algorithm: str) -> Hasher:
    """A running hash; raises DigestInvalid for an algorithm this registry does not serve."""
    if algorithm not in ALGORITHMS:
        known = " and ".join(ALGORITHMS)
        raise DigestInvalid(f"unknown digest algorithm; this registry serves {known}")
    return hashlib.new(algorithm)
