"""Room on the disk: writes are refused while there is still enough left to read and to delete.

Decides when a disk counts as full: when less than the floor is free for ordinary users.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from longshore.oci.errors import StorageFull

LOOK_EVERY = 0.2  # seconds


class FreeSpace:
    """`floor` in bytes."""

    def __init__(self, root: Path, floor: int) -> None:
        self._root = root
        self._floor = floor
        self._is_full = False
        self._look_again = 0.0

    def available(self) -> int:
        """Bytes that may still be written."""
        disk = os.statvfs(self._root)
        return disk.f_bavail * disk.f_frsize

    def require(self) -> None:
        """Raises StorageFull. Looks again after a moment: many pushes begin in one."""
        now = time.monotonic()
        if now >= self._look_again:
            self._is_full = self.available() < self._floor
            self._look_again = now + LOOK_EVERY
        if self._is_full:
            raise StorageFull

    async def watched(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The chunks, as long as there is room; raises StorageFull."""
        async for chunk in chunks:
            self.require()
            yield chunk
