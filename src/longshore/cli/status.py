"""`longshore status`: what should run, what runs where, and why nothing changes.

Decides when a change is shown to who watches: on a terminal all is drawn anew, elsewhere each
change is a line.
"""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longshore.cli import standing
from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_json

if TYPE_CHECKING:
    from longshore.client.management import Management

PAUSE = 1.0  # seconds between two looks

Watch = Annotated[bool, typer.Option("--watch", "-w", help="Go on, and show what changes.")]
Show = Callable[[list[Any]], None]


@with_registry
def status(
    registry: Registry,
    environment: Annotated[
        str, typer.Argument(help="One environment; all, if it is left out.", show_default=False)
    ] = "",
    *,
    watch: Watch = False,
    as_json: Json = False,
) -> None:
    """Print what environments are to run, what their hosts say, and what is in the way.

    Example: `longshore status production --watch`

    With --watch it goes on until Ctrl-C. Off a terminal, it then prints a line for each change;
    with --json, each environment that has changed is an object on a line of its own.
    """
    with registry.opened() as management:
        if watch:
            with contextlib.suppress(KeyboardInterrupt):
                _watch(management, environment, as_json=as_json)
            return
        found = _found(management, environment)
    if as_json:
        print_json(found)
    else:
        typer.echo("\n".join(standing.lines(found)))


def _found(management: "Management", environment: str) -> list[Any]:
    from longshore.client.management import place

    if not environment:
        return list(management.pages("/environments", "environments"))
    return [management.ask("GET", f"/environments{place(environment)}")]


def _watch(management: "Management", environment: str, *, as_json: bool) -> None:
    """Raises what asking does, but goes on when a server that has answered does not any more."""
    from longshore.client.errors import ClientError

    found = _found(management, environment)
    is_answered = True
    with _shown(as_json=as_json) as (show, tell):
        while True:
            if is_answered:
                show(found)
            time.sleep(PAUSE)
            try:
                found = _found(management, environment)
            except ClientError as problem:
                if is_answered:
                    tell(str(problem))
                is_answered = False
            else:
                is_answered = True


@contextlib.contextmanager
def _shown(*, as_json: bool) -> Iterator[tuple[Show, Callable[[str], None]]]:
    """What shows environments, and what tells of a problem."""
    if as_json:
        yield Objects().show, _complain
    elif not sys.stdout.isatty():
        yield Lines().show, _complain
    else:
        with _drawn() as drawn:
            yield drawn


def _complain(problem: str) -> None:
    typer.echo(f"longshore: {problem}: trying again", err=True)


class Lines:
    """A line for each fact that is new, has changed, or is over."""

    def __init__(self) -> None:
        self._known: standing.Facts = {}

    def show(self, found: list[Any]) -> None:
        facts = {about: text for one in found for about, text in standing.facts(one).items()}
        at = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
        for about, text in self._known.items():
            if about not in facts:
                typer.echo(f"{at} over: {text}")
        for about, text in facts.items():
            if self._known.get(about) != text:
                typer.echo(f"{at} {text}")
        self._known = facts


class Objects:
    """An object a line for each environment that is new or has changed."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def show(self, found: list[Any]) -> None:
        for one in found:
            without_times = _without_times(one)
            if self._known.get(one["name"]) != without_times:
                typer.echo(json.dumps(one, ensure_ascii=False))
            self._known[one["name"]] = without_times


def _without_times(environment: Any) -> Any:
    """Without when each host was last heard of, which is no change."""
    hosts = [{**each, "at": None} for each in environment["hosts"]]
    agents = [{**each, "seen_at": None} for each in environment["agents"]]
    return {**environment, "hosts": hosts, "agents": agents}


@contextlib.contextmanager
def _drawn() -> Iterator[tuple[Show, Callable[[str], None]]]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    last: list[Any] = []

    def draw(found: list[Any], footer: str) -> None:
        lines = [*standing.lines(found), "", footer]
        live.update(Text("\n".join(lines)), refresh=True)

    def show(found: list[Any]) -> None:
        last[:] = found
        draw(found, f"{datetime.now().astimezone():%H:%M:%S}, until Ctrl-C")

    def tell(problem: str) -> None:
        draw(last, f"{problem}: trying again")

    console = Console(highlight=False, color_system=None)
    with Live(console=console, auto_refresh=False) as live:
        yield show, tell
