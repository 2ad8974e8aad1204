"""Files of a layout: in a folder, or in an archive that is read where it lies.

Decides how bytes are found in each. A compressed archive has no places to go to: it is refused,
with the command that unpacks it.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple, Protocol

from longshore.client.errors import NotALayout

PIECE = 256 * 1024  # bytes read at a time

_PACKED = {b"\x1f\x8b": "gunzip", b"\x28\xb5": "zstd -d", b"BZ": "bunzip2", b"\xfd7": "unxz"}


class Extent(NamedTuple):
    """Where bytes lie on a disk: from which byte of which file on."""

    path: Path
    start: int


class Files(Protocol):
    """Names are relative paths, written with slashes."""

    def size(self, name: str) -> int | None:
        """In bytes; None if there is no such file."""

    def extent(self, name: str) -> Extent | None:
        """Where its bytes are; None if there is no such file."""

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError."""

    def stream(self, name: str, start: int) -> Generator[bytes, None, None]:
        """The bytes from `start` on; raises FileNotFoundError."""


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def size(self, name: str) -> int | None:
        try:
            return (self.path / name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def extent(self, name: str) -> Extent | None:
        return None if self.size(name) is None else Extent(self.path / name, 0)

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def stream(self, name: str, start: int) -> Generator[bytes, None, None]:
        with (self.path / name).open("rb", buffering=0) as file:
            file.seek(start)
            while piece := file.read(PIECE):
                yield piece


class Archive:
    """A tar archive, read through once to learn where each file is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            unpacker = _PACKED.get(file.read(2))
        if unpacker:
            raise NotALayout(f"{path}: compressed; unpack it first: {unpacker} {path}")
        try:
            with tarfile.open(path, "r:") as archive:
                self._places = _places(archive)
        except tarfile.TarError as problem:
            raise NotALayout(f"{path}: {problem}") from None

    def size(self, name: str) -> int | None:
        place = self._places.get(name)
        return place[1] if place else None

    def extent(self, name: str) -> Extent | None:
        place = self._places.get(name)
        return Extent(self.path, place[0]) if place else None

    def read(self, name: str) -> bytes:
        return b"".join(self.stream(name, 0))

    def stream(self, name: str, start: int) -> Generator[bytes, None, None]:
        if name not in self._places:
            raise FileNotFoundError(None, "no such file in the archive", f"{self.path}: {name}")
        offset, size = self._places[name]
        with self.path.open("rb", buffering=0) as file:
            file.seek(offset + start)
            left = size - start
            while left > 0 and (piece := file.read(min(left, PIECE))):
                left -= len(piece)
                yield piece


def _places(archive: tarfile.TarFile) -> dict[str, tuple[int, int]]:
    """Where the bytes of each file begin, and how many they are.

    Links are followed: `docker save` makes some.
    """
    places: dict[str, tuple[int, int]] = {}
    links: dict[str, str] = {}
    for member in archive:
        name = member.name.removeprefix("./")
        if member.isreg():
            places[name] = member.offset_data, member.size
        elif member.issym() or member.islnk():
            links[name] = _end_of_link(member)
    return places | {name: places[end] for name, end in links.items() if end in places}


def _end_of_link(member: tarfile.TarInfo) -> str:
    if member.islnk():
        return member.linkname.removeprefix("./")
    folder = member.name.removeprefix("./").rpartition("/")[0]
    return posixpath.normpath(posixpath.join(folder, member.linkname))
