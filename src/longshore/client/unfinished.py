"""Uploads that a process did not live to finish, for the next one to go on with.

Decides where they are written down: a file for each large blob under way, below XDG_STATE_HOME,
locked by whoever uploads it. What is written there is where an upload may go on: the registry
says whether it does. Where nothing can be written, each upload begins at its beginning.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

LEAST = 1024 * 1024  # bytes of a blob: less is sent again as quickly as it is looked for
LONGEST = 7 * 24 * 3600  # seconds; registries forget sooner


class Claim:
    """The only right to go on with an upload. `location` is where it does, or empty."""

    def __init__(self, file: IO[str] | None = None) -> None:
        self._file = file
        self.location = file.read() if file else ""

    def write(self, location: str) -> None:
        """Remember where the upload goes on, should it be cut here."""
        if self._file is None or location == self.location:
            return
        self.location = location
        self._file.seek(0)
        self._file.truncate()
        self._file.write(location)
        self._file.flush()


class Unfinished:
    """A folder of such files, or no memory at all."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Unfinished:
        """That of the user (XDG Base Directory Specification, "state")."""
        home = environ.get("HOME")
        state = environ.get("XDG_STATE_HOME") or (Path(home, ".local", "state") if home else None)
        is_users = bool(home) and Path(home or "").is_dir()
        return cls(Path(state, "longshore", "uploads") if state and is_users else None)

    @contextlib.contextmanager
    def claim(self, what: str, size: int) -> Iterator[Claim]:
        """Claim the upload of a blob, by a name for it and where it goes.

        It is forgotten if all goes well. Who comes second begins an upload of its own.
        """
        if self._folder is None or size < LEAST:
            yield Claim()
            return
        path = self._folder / hashlib.sha256(what.encode()).hexdigest()
        file = _locked(path)
        if file is None:
            yield Claim()
            return
        with file:
            yield Claim(file)
            path.unlink(missing_ok=True)


def _locked(path: Path) -> IO[str] | None:
    """The file, made if need be; None if somebody else has it, or it can not be made."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(path.parent)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _sweep(folder: Path) -> None:
    for each in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if each.stat().st_mtime < time.time() - LONGEST:
                each.unlink()
