"""What is seen while content moves: a bar for each layer on a terminal, a line for each elsewhere,
or an event a line as JSON.

It decides when something is said. Bars and lines go to standard error, events to standard output.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from longshore.cli.places import size

if TYPE_CHECKING:
    from longshore.client.copying import Event, Watch

UPDATE = 0.1  # seconds between two looks at one layer


@contextlib.contextmanager
def watching_content(*, as_json: bool) -> Iterator[Watch]:
    """Yield a function that is told what happens; any thread may call it."""
    if as_json:
        yield _outcomes(_event)
    elif sys.stderr.isatty():
        with _bars() as watch:
            yield watch
    else:
        yield _outcomes(_line)


def _outcomes(tell: Watch) -> Watch:
    """Tell of what has become of content, one at a time."""
    lock = threading.Lock()

    def watch(event: Event) -> None:
        if event.action not in {"moving", "planned"}:
            with lock:
                tell(event)

    return watch


def _event(event: Event) -> None:
    members = {"event": event.action, "kind": event.kind}
    typer.echo(json.dumps({**members, "digest": event.digest, "size": event.size}))


def _line(event: Event) -> None:
    if event.kind == "blob":
        typer.echo(f"{event.action:8}  {event.digest[:19]}  {size(event.size)}", err=True)


@contextlib.contextmanager
def _bars() -> Iterator[Watch]:
    # Here, since neither help nor a pipe needs it.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
    )
    # Not redirected: standard output may be a file, and what is printed there shall get there.
    with Progress(
        *columns, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False
    ) as progress:
        tasks: dict[str, Any] = {}
        seen: dict[str, float] = {}

        def watch(event: Event) -> None:
            # An engine tells the size of a layer when it begins to push it, if it does.
            if event.kind != "blob" or not event.size:
                return
            if event.digest not in tasks:
                tasks[event.digest] = progress.add_task(event.digest[7:19], total=event.size)
            is_over = event.action not in {"moving", "planned"} or event.done == event.size
            now = time.monotonic()
            if is_over or now - seen.get(event.digest, 0.0) > UPDATE:
                seen[event.digest] = now
                done = event.size if is_over else event.done
                progress.update(tasks[event.digest], completed=done, total=event.size)

        yield watch
