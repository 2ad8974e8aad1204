"""Files of names and passwords as `htpasswd -B` writes them, for those who have one.

Decides what a line may be, and that a file that others break while a server runs breaks nobody's
login: what was there last stays. Verifies no password.
"""

from __future__ import annotations

import codecs
import os
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from longshore.credentials.passwords import BCRYPT_COSTS, bcrypt_cost_of

LOOK_EVERY = 1.0  # seconds
LIMIT = 8 * 1024 * 1024  # bytes: a hundred thousand names
NAME_LIMIT = 255  # characters
_TICK = 1_000_000_000  # nanoseconds in which two changes may bear one time


class HtpasswdInvalid(Exception):
    """A file that can not be used: which, where, and why. Never shows a hash.

    `line` is 0 where it is the whole file.
    """

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}, line {line}: {reason}" if line else f"{path}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class _Stamp(NamedTuple):
    """Differs when a file was written or replaced, or is another one by a link."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


class _Content(NamedTuple):
    """What a file had; without a stamp where it may have changed since, unseen."""

    stamp: _Stamp | None
    hashes: Mapping[str, str]
    bcrypt_cost: int


class HtpasswdFile:
    """May be asked by any thread. Raises HtpasswdInvalid when it is made.

    What goes wrong later is given to `report`, once and not with every look.
    """

    def __init__(
        self,
        path: Path,
        report: Callable[[HtpasswdInvalid], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._report = report
        self._clock = clock
        self._look_again = clock() + LOOK_EVERY
        self._reported = ""
        self._content = _load(path)

    def hash_of(self, name: str) -> str | None:
        self._look()
        return self._content.hashes.get(name)

    def bcrypt_cost(self) -> int:
        """The highest of all hashes; 0 if there are none."""
        return self._content.bcrypt_cost

    def _look(self) -> None:
        now = self._clock()
        if now < self._look_again:
            return
        self._look_again = now + LOOK_EVERY
        try:
            self._load_if_changed()
        except HtpasswdInvalid as error:
            if str(error) != self._reported:
                self._reported = str(error)
                self._report(error)

    def _load_if_changed(self) -> None:
        try:
            is_same = _stamp(self._path.stat()) == self._content.stamp
        except OSError as error:
            raise _unreadable(self._path, error) from None
        if not is_same:
            self._content = _load(self._path)
        self._reported = ""


def _load(path: Path) -> _Content:
    try:
        # Its state before it is read: what changes meanwhile is seen with the next look.
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would wait for somebody to write
            raise HtpasswdInvalid(path, 0, "it is no file")
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(content) > LIMIT:
        raise HtpasswdInvalid(path, 0, f"it has more than {LIMIT} bytes")
    hashes = _parse(path, content)
    costs = (bcrypt_cost_of(hashed) or 0 for hashed in hashes.values())
    is_settled = time.time_ns() - found.st_ctime_ns > _TICK
    return _Content(_stamp(found) if is_settled else None, hashes, max(costs, default=0))


def _stamp(found: os.stat_result) -> _Stamp:
    return _Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _unreadable(path: Path, error: OSError) -> HtpasswdInvalid:
    return HtpasswdInvalid(path, 0, f"it can not be read: {error.strerror}")


def _parse(path: Path, content: bytes) -> dict[str, str]:
    hashes: dict[str, str] = {}
    lines = content.removeprefix(codecs.BOM_UTF8).split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            entry = _entry(line)
        except ValueError as error:
            raise HtpasswdInvalid(path, number, str(error)) from None
        if entry and entry[0] in hashes:
            raise HtpasswdInvalid(path, number, "the name was there before; remove one of both")
        hashes.update([entry] if entry else [])
    return hashes


def _entry(line: bytes) -> tuple[str, str] | None:
    """A name and its hash; None for blank lines and comments. Raises ValueError."""
    try:
        text = line.decode().strip()
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    if not text or text.startswith("#"):
        return None
    name, colon, rest = text.partition(":")
    if not (colon and name and len(name) <= NAME_LIMIT and name.isprintable()):
        raise ValueError(
            f"write a name of at most {NAME_LIMIT} letters that can be seen, a colon, and a hash"
        )
    hashed = rest.partition(":")[0].strip()
    cost = bcrypt_cost_of(hashed)
    if cost is None:
        raise ValueError("the hash is not of bcrypt; make one with `htpasswd -B`")
    if cost not in BCRYPT_COSTS:
        raise ValueError(
            f"the hash costs {cost}, and each login as much; make one with"
            f" `htpasswd -B -C 10`, of {BCRYPT_COSTS[-1]} at most"
        )
    return name, hashed
