"""The journal of rollouts: a file for each container, in a folder of the host.

Decides how it survives: a file is complete, synced and renamed before anything it says is done, and
whoever holds a service holds a lock that ends with the process. Files are the owner's alone, since
what an old container was made of has its variables in it, until the rollout has ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from longshore.delivery.rollouts.execution import Record, Unavailable

_DECODER = msgspec.json.Decoder(Record)


class FileJournal:
    """Records in files, made when they are first written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # also where somebody made it

    @contextlib.contextmanager
    def hold(self, name: str) -> Iterator[None]:
        with (self._folder / f"{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Unavailable(f"{name} is being rolled out by another process") from None
            yield

    def read(self, name: str) -> Record:
        try:
            return _DECODER.decode(self._path(name).read_bytes())
        except FileNotFoundError:
            return Record()
        except msgspec.DecodeError as problem:
            raise Unavailable(
                f"{self._path(name)} is no record of a rollout ({problem}): look at the containers"
                " of this name, then remove the file"
            ) from None

    def write(self, name: str, record: Record) -> None:
        save(self._path(name), msgspec.json.encode(record))

    def names(self) -> list[str]:
        """Containers that something is remembered of."""
        return sorted(path.name.removesuffix(".json") for path in self._folder.glob("*.json"))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def save(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file so that it is there, whole, when this returns; raises Unavailable."""
    unfinished = path.with_suffix(".new")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with open(descriptor, "wb") as file:  # noqa: PTH123  # the mode is part of its making
            os.fchmod(descriptor, mode)  # whatever the umask takes from it
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as problem:
        raise Unavailable(f"{path} can not be written: {problem.strerror}") from None
