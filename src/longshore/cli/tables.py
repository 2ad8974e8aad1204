"""Tables and JSON of what a registry has: for people within 80 columns, for programs as it came.

Decides how times and grants are written for people.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import typer


def print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_done(done: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """Where the registry has nothing to add: what it was done to, or the sentence."""
    if as_json:
        print_json(done)
    else:
        typer.echo(text)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], missing: str = "") -> None:
    """What is said where there are no rows goes to standard error; else it is a table."""
    found = list(rows)
    if not found and missing:
        typer.echo(missing, err=True)
        return
    for line in table(headings, found):
        typer.echo(line)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Its lines, with columns as wide as the terminal lets them be; off a terminal there are 80."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=None)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*map(Text, row))
    console = Console(highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(made)
    return [line.rstrip() for line in captured.get().splitlines()]


def when(text: str | None, missing: str = "never") -> str:
    """A time of the registry, as it is here."""
    if text is None:
        return missing
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"


def allowed(account: Mapping[str, Any]) -> str:
    """The grants of an account, as they are typed."""
    return " ".join(f"{one['pattern']}:{','.join(one['verbs'])}" for one in account["grants"])


def state(account: Mapping[str, Any]) -> str:
    return "enabled" if account["is_enabled"] else "disabled"
