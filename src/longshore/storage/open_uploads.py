"""How many uploads are open, without a count on every request.

Decides when no more may begin. The folder is listed at most once a second, when one wants to
begin; what this process begins meanwhile is added. So several workers may exceed the limit by
what they begin within a second, and by no more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from longshore.oci.errors import TooManyRequests

FRESH = 1.0  # seconds
RETRY_AFTER = "30"  # seconds in which some of them will have ended


class OpenUploads:
    """`root` is the data folder, and 0 is no limit."""

    def __init__(self, root: Path, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = root / "uploads"
        self._limit = limit
        self._clock = clock
        self._counted_at = -FRESH
        self._count = 0

    def require(self) -> None:
        """Make room for one more; raises TooManyRequests when there is none."""
        if not self._limit:
            return
        now = self._clock()
        if now - self._counted_at >= FRESH:
            with os.scandir(self._folder) as entries:
                self._count, self._counted_at = sum(1 for _ in entries), now
        if self._count >= self._limit:
            raise TooManyRequests(
                f"{self._limit} uploads are open: end some, or wait until they expire",
                headers={"Retry-After": RETRY_AFTER},
            )
        self._count += 1
