"""Failed logins: who fails often has to wait, and costs nothing while it waits.

Decides how long. Counts by address and name together, and by each alone, so that neither many
names from one place nor many places for one name get far. A worker counts for itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from longshore.oci.errors import TooManyRequests

REMEMBERED = 10_000  # keys, of which the oldest goes first
LONGEST = 300.0  # seconds
FORGET = 900.0  # seconds without a failure after which all is forgotten

# Failures that are free: for a name from one address, for an address, and for a name.
FREE_PAIR, FREE_ADDRESS, FREE_NAME = 5, 20, 100


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0


class Throttle:
    """`clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

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
        self._failures.pop((name, address), None)

    def _wait(self, key: tuple[str, str], free: int) -> float:
        failures = self._failures.get(key)
        if failures is None or failures.count < free:
            return 0.0
        pause: float = min(LONGEST, 2.0 ** min(failures.count - free, 10))
        return failures.last + pause - self._clock()


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return (
        ((name[:80], address), FREE_PAIR),
        (("", address), FREE_ADDRESS),
        ((name[:80], ""), FREE_NAME),
    )
