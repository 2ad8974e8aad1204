"""What a server has stored: every row and every file, to be compared before and after."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

# Written by the collector whenever it likes.
_NOT_CONTENT = {"totals"}


class Stored(NamedTuple):
    rows: dict[str, list[tuple[object, ...]]]
    files: dict[str, int]


def stored(root: Path) -> Stored:
    """Return all rows, table by table, and all files with their sizes."""
    database = sqlite3.connect(f"file:{root}/longshore.db?mode=ro", uri=True)
    with contextlib.closing(database):
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in _NOT_CONTENT
        ]
        rows = {
            table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr)  # noqa: S608
            for table in tables
        }
    files = {
        path: Path(path).stat().st_size
        for top in ("blobs", "uploads")
        for folder, _, names in os.walk(root / top)
        for path in (f"{folder}/{name}" for name in names)
    }
    return Stored(rows, files)
