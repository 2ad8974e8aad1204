"""Time, in milliseconds since the epoch: one moment for all of a transaction."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]


def wall_clock() -> int:
    return time.time_ns() // 1_000_000


class Moment:
    """When a transaction takes place; set by whoever begins it."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = 0
