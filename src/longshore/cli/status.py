"""`longshore status`: what should run, what runs where, and why nothing changes."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_json, print_table, when
from longshore.cli.wishes import named


@with_registry
def status(
    registry: Registry,
    environment: Annotated[
        str, typer.Argument(help="One environment; all, if it is left out.", show_default=False)
    ] = "",
    *,
    as_json: Json = False,
) -> None:
    """Print what environments are to run, what their hosts say, and what is in the way.

    Example: `longshore status production`
    """
    found = _found(registry, environment)
    if as_json:
        print_json(found)
        return
    headings = ("ENVIRONMENT", "IMAGE", "SINCE", "STATE")
    print_table(headings, [row for one in found for row in _rows(one)])
    for one in found:
        for line in _lines(one):
            typer.echo(f"{one['name']}: {line}")


def _found(registry: Registry, environment: str) -> list[Any]:
    from longshore.client.management import place

    if not environment:
        return registry.all("/environments", "environments")
    return [registry.ask("GET", f"/environments{place(environment)}")]


def _rows(standing: Any) -> Iterator[tuple[str, str, str, str]]:
    for image in standing["images"]:
        current = image["deployment"]
        if current is None:
            yield standing["name"], image["repository"], "", "nothing yet"
            continue
        state = current["outcome"]
        if image["hold"] is not None:
            state += ", on hold"
        shown = named(image["repository"], current)
        yield standing["name"], shown, when(current["at"]), state


def _lines(standing: Any) -> Iterator[str]:
    """What a table has no room for."""
    freeze = standing["freeze"]
    if freeze is not None:
        told = f"frozen by {freeze['who']}"
        told += f" until {when(freeze['until'])}" if freeze["until"] else ""
        yield f"{told}: {freeze['reason']}" if freeze["reason"] else told
    for image in standing["images"]:
        waiting = image["waiting"]
        if waiting is not None:
            yield f"{named(image['repository'], waiting)} waits: {waiting['text']}"
    for host in standing["hosts"]:
        seen = f"last heard of {when(host['at'])}" if host["is_lost"] else host["state"]
        told = f"{host['service']} on {host['host']}: {seen}"
        last = host["detail"].strip().rpartition("\n")[2]
        yield f"{told}: {last}" if last else told
