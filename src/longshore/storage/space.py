"""Room on the disk: writes are refused while there is still enough left to read and to delete.

Decides when a disk counts as full: when less than the floor is free for ordinary users. And it
keeps a little in reserve, so that a server can start on a disk that others have filled.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from longshore.oci.errors import StorageFull

LOOK_EVERY = 0.05  # seconds
RESERVE = 1024 * 1024  # bytes: what a database needs to be opened, and for some removals


def release_reserve(root: Path) -> None:
    """Give the reserve away if there is hardly anything else."""
    if _free(root) < RESERVE:
        (root / "reserve").unlink(missing_ok=True)


def keep_reserve(root: Path) -> None:
    """Have a reserve from now on, if there is room for it."""
    path = root / "reserve"
    if not path.exists() and _free(root) > 4 * RESERVE:
        path.write_bytes(bytes(RESERVE))


def _free(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


class FreeSpace:
    """`floor` in bytes."""

    def __init__(self, root: Path, floor: int) -> None:
        self._root = root
        self._floor = floor
        self._is_full = False
        self._look_again = 0.0

    def available(self) -> int:
        """Bytes that may still be written."""
        return _free(self._root)

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
