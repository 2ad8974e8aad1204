"""Passwords: hashed by argon2id, and by bcrypt where an htpasswd file has it so.

Decides what a guess costs, and that it costs the same whether or not there is such a name, and
whoever has it: by the time an answer takes, nobody learns more than by the answer. Knows no name.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import argon2
import bcrypt

BCRYPT_COSTS = range(4, 15)  # each doubles the time of the one before; the last takes a second
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}", re.ASCII)
_BCRYPT_READS = 72  # bytes of a password; htpasswd and those who read its files know no more

# OWASP, "Password Storage Cheat Sheet". RFC 9106 asks for 64 MiB and four threads where memory is
# scarce: some logins at one time would take that from those who pull.
_ROUNDS, _MEMORY, _THREADS = 2, 19 * 1024, 1
_ARGON2 = argon2.PasswordHasher(_ROUNDS, _MEMORY, _THREADS, hash_len=32, salt_len=16)
_MOST = (16, 256 * 1024, 16)  # a hash that asks for more is damaged, and would take the machine

# Hashes of nothing, as costly as others: salt and digest are zeros.
_ARGON2_STAND_IN = f"$argon2id$v=19$m={_MEMORY},t={_ROUNDS},p={_THREADS}${'A' * 22}${'A' * 43}"
_BCRYPT_STAND_IN = "$2b${:02}$" + "." * 53


class Argon2Passwords:
    """`bcrypt_cost` tells the highest that hashes of bcrypt have now; 0 if there are none."""

    def __init__(self, bcrypt_cost: Callable[[], int] = lambda: 0) -> None:
        self._bcrypt_cost = bcrypt_cost

    def hash(self, password: str) -> str:
        return _ARGON2.hash(_bytes(password))

    def verify(self, password: str, hashed: str | None) -> bool:
        """Each algorithm has its turn, on a stand-in where the hash is not of its kind."""
        given, stored = _bytes(password), hashed or ""
        is_argon2 = _is_argon2(stored)
        fits_argon2 = _fits_argon2(given, stored if is_argon2 else _ARGON2_STAND_IN)
        fits_bcrypt = _fits_bcrypt(given, stored, self._bcrypt_cost())
        return (is_argon2 and fits_argon2) or fits_bcrypt


def bcrypt_cost_of(hashed: str) -> int | None:
    """The logarithm of its rounds; None if it is no hash of bcrypt."""
    form = _BCRYPT.fullmatch(hashed)
    return int(form[1]) if form else None


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _is_argon2(hashed: str) -> bool:
    try:
        asked = argon2.extract_parameters(hashed)
    except ValueError:
        return False
    costs = (asked.time_cost, asked.memory_cost, asked.parallelism)
    return all(cost <= most for cost, most in zip(costs, _MOST, strict=True))


def _fits_argon2(password: bytes, hashed: str) -> bool:
    try:
        return _ARGON2.verify(hashed, password)
    except (argon2.exceptions.Argon2Error, ValueError):
        return False


def _fits_bcrypt(password: bytes, hashed: str, highest: int) -> bool:
    """Takes as long as a hash of the highest cost, whatever this one is."""
    cost = bcrypt_cost_of(hashed)
    if cost is None or cost not in BCRYPT_COSTS:
        if highest:
            _is_bcrypt_of(password, _BCRYPT_STAND_IN.format(highest))
        return False
    # 2^cost rounds, and those that are missing to 2^highest: as many again, then twice as many, …
    for missing in range(cost, highest):
        _is_bcrypt_of(password, _BCRYPT_STAND_IN.format(missing))
    return _is_bcrypt_of(password, hashed)


def _is_bcrypt_of(password: bytes, hashed: str) -> bool:
    try:
        return bcrypt.checkpw(password[:_BCRYPT_READS], hashed.encode())
    except ValueError:
        return False
