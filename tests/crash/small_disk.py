"""A filesystem of a few megabytes, in a file: full whenever a test wants it to be."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

MEBIBYTE = 1 << 20


def obstacle() -> str | None:
    """Why this machine can not mount one; None if it can."""
    return None if os.geteuid() == 0 else "mounting a filesystem needs root"


@contextlib.contextmanager
def mounted(folder: Path, size: int = 64 * MEBIBYTE) -> Iterator[Path]:
    """An ext4 of its own below the folder, gone afterwards whatever happened on it."""
    image, mount = folder / "disk.img", folder / "disk"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, mount], check=True)
    try:
        yield mount
    finally:
        # Lazily: a process that a failed test left must not keep it there.
        subprocess.run(["umount", "--lazy", mount], check=True)
        image.unlink()


def free(folder: Path) -> int:
    """Bytes that may still be written there."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def fill(path: Path, leave: int = 0) -> None:
    """Write zeros to a file until only so much is left."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while (more := free(path.parent) - leave) > 0:
            file.write(bytes(min(more, MEBIBYTE)))
        file.flush()
