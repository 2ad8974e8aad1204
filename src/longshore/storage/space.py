"""Room on the disk: writes are refused while there is still enough left to read and to delete.

Decides when a disk counts as full: when less than the floor is free for ordinary users.
"""

from __future__ import annotations

import os
from pathlib import Path

from longshore.oci.errors import StorageFull


class FreeSpace:
    """`floor` in bytes."""

    def __init__(self, root: Path, floor: int) -> None:
        self._root = root
        self._floor = floor

    def available(self) -> int:
        """Bytes that may still be written."""
        disk = os.statvfs(self._root)
        return disk.f_bavail * disk.f_frsize

    def require(self) -> None:
        """Raises StorageFull."""
        if self.available() < self._floor:
            raise StorageFull
