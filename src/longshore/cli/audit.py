"""`longshore audit`: who did what, from where, and what came of it.

Decides how a line of the log looks: to programs as JSON, to people within their terminal.
"""

import contextlib
import json
import shutil
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_json, when
from longshore.cli.times import moment
from longshore.delivery import durations

if TYPE_CHECKING:
    from longshore.client.management import Management

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", help="Who did what."
)

LATEST = 20  # lines, unless more are asked for
PAUSE = 1.0  # seconds between two looks
PAGE = 1000

Lines = Annotated[int, typer.Option("-n", "--lines", min=1, max=PAGE, help="How many at first.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")]
Limit = Annotated[int, typer.Option(min=1, help="How many lines, the newest first.")]
Of = Annotated[str, typer.Option(show_default=False, help="Only such lines.")]
There = Annotated[str, typer.Option(show_default=False, help="Only there, and below it.")]
Since = Annotated[
    str, typer.Option(show_default=False, help="Only since then: 7d, 90m, 2026-11-24, or a time.")
]


@app.callback()
def group() -> None:
    """The audit log."""


@app.command(name="list")
@with_registry
def list_(  # noqa: PLR0913  each is an option
    registry: Registry,
    *,
    actor: Of = "",
    action: Of = "",
    target: Of = "",
    outcome: Of = "",
    repository: There = "",
    since: Since = "",
    limit: Limit = LATEST,
    as_json: Json = False,
) -> None:
    """Print what was done and refused, the newest first.

    Example: `longshore audit list --actor alice --repository team/app --since 7d`
    """
    wanted = {"actor": actor, "action": action, "target": target, "outcome": outcome}
    wanted |= {"repository": repository, "since": _moment(since) if since else ""}
    with registry.opened() as management:
        lines = list(islice(_backwards(management, wanted, min(limit + 1, PAGE)), limit + 1))
    if as_json:
        print_json(lines[:limit])
        return
    _print(lines[:limit], as_json=False)
    if not lines:
        typer.echo("Nothing of that is written down.", err=True)
    elif len(lines) > limit:
        typer.echo(f"There are older ones: --limit {limit * 10}", err=True)


def _backwards(
    management: "Management", wanted: Mapping[str, str], at_once: int
) -> Iterator[Mapping[str, Any]]:
    """Lines, the newest first."""
    before: dict[str, int] = {}
    while entries := management.ask("GET", "/audit", limit=at_once, **before, **wanted)["entries"]:
        yield from reversed(entries)
        if len(entries) < at_once:
            return
        before = {"before": entries[0]["id"]}


def _moment(text: str) -> str:
    """A time as the API has it, from a time, a day, or how long ago that is."""
    try:
        ago = timedelta(seconds=durations.seconds(text))
    except ValueError:
        return moment(text, "--since").isoformat()
    return (datetime.now(UTC) - ago).isoformat()


@app.command()
@with_registry
def tail(  # noqa: PLR0913  each is an option
    registry: Registry,
    *,
    lines: Lines = LATEST,
    follow: Follow = False,
    actor: Of = "",
    action: Of = "",
    target: Of = "",
    outcome: Of = "",
    repository: There = "",
    as_json: Json = False,
) -> None:
    """Print the latest lines of the audit log, the oldest first.

    Example: `longshore audit tail --follow --actor alice`

    With --json each line is an object of its own.
    """
    wanted = {"actor": actor, "action": action, "target": target, "outcome": outcome}
    wanted["repository"] = repository
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
