"""What the workers of one server tell each other: each leaves its counts in a file of its own.

Decides that whoever is asked for metrics answers for all. A worker's counts are at most a
second old, and those of one that has ended stay, since counters never go back.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

PERIOD = 1.0  # seconds


class Fellows:
    """The files of one server's workers; `name` is this worker's own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._mine = folder / name

    def others(self) -> Iterator[bytes]:
        for path in sorted(self._folder.glob("*.json")):
            if path.stem != self._mine.name:
                yield path.read_bytes()

    async def publish(self, snapshot: Callable[[], bytes]) -> None:
        """Leave a snapshot every second, for as long as this runs."""
        while True:
            self.leave(snapshot())
            await asyncio.sleep(PERIOD)

    def leave(self, snapshot: bytes) -> None:
        draft = self._mine.with_suffix(".draft")
        draft.write_bytes(snapshot)
        draft.replace(self._mine.with_suffix(".json"))


def forget(folder: Path) -> None:
    """Begin anew: what a former server's workers counted is over."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
