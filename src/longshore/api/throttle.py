"""Failed logins: who fails often has to wait, and costs nothing while it waits.

Decides how long. Counts by address and name together, and by each alone, so that neither many
names from one place nor many places for one name get far. A login without a name, by a secret
alone, counts for its address only. A worker counts for itself.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from longshore.oci.errors import TooManyRequests

REMEMBERED = 10_000  # keys, of which the oldest goes first
SHORTEST, LONGEST = 4.0, 300.0  # seconds; each failure doubles the pause
FORGET = 900.0  # seconds without a failure after which all is forgotten

# Failures that are free: for a name from one address, for an address, and for a name.
FREE_PAIR, FREE_ADDRESS, FREE_NAME = 5, 20, 100
NAME_LIMIT = 80  # characters that count

_Key = tuple[str, ...]


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0


class Throttle:
    """`clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[_Key, _Failures] = OrderedDict()

    def check(self, name: str, address: str) -> None:
        """Raises TooManyRequests, which says for how long."""
        wait = max(self._wait(key, free) for key, free in _keys(name, address))
        if wait > 0:
            seconds = int(wait) + 1
            raise TooManyRequests(
                f"too many failed logins: try again in {seconds} seconds",
                headers={"Retry-After": str(seconds)},
            )

    def failed(self, name: str, address: str) -> None:
        now = self._clock()
        for key, _ in _keys(name, address):
            failures = self._failures.pop(key, None) or _Failures()
            if now - failures.last > FORGET:
                failures.count = 0
            failures.count += 1
            failures.last = now
            self._failures[key] = failures
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of this name from this address; those of others are none of it."""
        self._failures.pop(_pair(name, address), None)

    def _wait(self, key: _Key, free: int) -> float:
        failures = self._failures.get(key)
        if failures is None or failures.count < free:
            return 0.0
        pause: float = min(LONGEST, SHORTEST * 2 ** min(failures.count - free, 10))
        return failures.last + pause - self._clock()


def _keys(name: str, address: str) -> list[tuple[_Key, int]]:
    """What a failure counts for, and how many of each are free."""
    keys: list[tuple[_Key, int]] = [(("address", _place(address)), FREE_ADDRESS)]
    if name:
        keys += [(_pair(name, address), FREE_PAIR), (("name", name[:NAME_LIMIT]), FREE_NAME)]
    return keys


def _pair(name: str, address: str) -> _Key:
    return "pair", name[:NAME_LIMIT], _place(address)


def _place(address: str) -> str:
    """Where an address belongs: whoever has one of IPv6 has 2^64 of them (RFC 6177)."""
    try:
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    except ValueError:
        return address
