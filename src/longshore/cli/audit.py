"""`longshore audit`: who did what, from where, and what came of it.

Decides how a line of the log looks: to programs as JSON, to people within their terminal.
"""

import contextlib
import json
import shutil
import textwrap
import time
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import when

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", help="Who did what."
)

PAUSE = 1.0  # seconds between two looks
PAGE = 1000

Lines = Annotated[int, typer.Option("-n", "--lines", min=1, max=PAGE, help="How many at first.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")]
Of = Annotated[str, typer.Option(show_default=False, help="Only such lines.")]


@app.callback()
def group() -> None:
    """The audit log."""


@app.command()
@with_registry
def tail(  # noqa: PLR0913  each is an option
    registry: Registry,
    *,
    lines: Lines = 20,
    follow: Follow = False,
    actor: Of = "",
    action: Of = "",
    target: Of = "",
    outcome: Of = "",
    as_json: Json = False,
) -> None:
    """Print the latest lines of the audit log, the oldest first.

    Example: `longshore audit tail --follow --actor alice`

    With --json each line is an object of its own.
    """
    wanted = {"actor": actor, "action": action, "target": target, "outcome": outcome}
    with contextlib.suppress(KeyboardInterrupt), registry.opened() as management:
        page = management.ask("GET", "/audit", limit=lines, **wanted)
        _print(page["entries"], as_json=as_json)
        while follow:
            if len(page["entries"]) < PAGE:
                time.sleep(PAUSE)
            page = management.ask("GET", "/audit", last=page["last"], limit=PAGE, **wanted)
            _print(page["entries"], as_json=as_json)


def _print(entries: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    width = shutil.get_terminal_size().columns
    for entry in entries:
        if as_json:
            typer.echo(json.dumps(entry, ensure_ascii=False))
        else:
            typer.echo(textwrap.fill(_line(entry), width, subsequent_indent="    "))


def _line(entry: Mapping[str, Any]) -> str:
    detail = {"from": entry["address"], "identity": entry["identity"], **entry["detail"]}
    told = " ".join(f"{name}={_text(value)}" for name, value in detail.items() if value)
    refused = "" if entry["outcome"] == "done" else "REFUSED "
    who = f"{when(entry['at'])} {entry['actor']}"
    return f"{who} {refused}{entry['action']} {entry['target']} {told}".rstrip()


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
