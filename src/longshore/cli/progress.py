"""Progress of long work: a bar for each stage on a terminal, and nothing anywhere else.

It decides when there is a terminal. Bars go to standard error, so that results can be piped.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def watching() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that is told a stage, how much of it is done, and how much there is."""
    if not sys.stderr.isatty():
        yield _ignore
        return
    # Here, so that the server, which starts as a command as well, does not carry it along.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = TextColumn("{task.description:12}"), BarColumn(), TaskProgressColumn()
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        tasks = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage)
            progress.update(tasks[stage], completed=done, total=total)

        yield tell


def _ignore(stage: str, done: int, total: int) -> None:
    """Nobody watches."""
