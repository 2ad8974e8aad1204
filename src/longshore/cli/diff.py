"""`longshore diff`: what has changed between two images."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longshore.cli.output import Json
from longshore.cli.places import SAME, ExitCode, place_at_home, size, with_session

if TYPE_CHECKING:
    from longshore.client.images import Change, Overview
    from longshore.client.session import Session


@with_session
def diff(
    session: "Session",
    before: Annotated[str, typer.Argument(metavar="IMAGE")],
    after: Annotated[str, typer.Argument(metavar="OTHER")],
    *,
    exit_code: ExitCode = False,
    as_json: Json = False,
) -> None:
    """Show what has changed from one image to another.

    Example: `longshore diff localhost:5000/mysample:1.0 localhost:5000/mysample:1.1`

    A name without a host is of the registry that LONGSHORE_SERVER names, else of this machine's.
    """
    from longshore.client import images

    places = [place_at_home(before), place_at_home(after)]
    old, new = (images.look(session.source(p), p.reference, session.pool) for p in places)
    changes = images.compare(old, new)
    if as_json:
        typer.echo(json.dumps(_as_dict(old, new, changes), indent=2))
    else:
        _print(old, new, changes)
    raise typer.Exit(SAME if exit_code and old.digest == new.digest else 0)


def _as_dict(old: "Overview", new: "Overview", changes: "list[Change]") -> dict[str, Any]:
    return {
        "same": old.digest == new.digest,
        "before": old.digest,
        "after": new.digest,
        "platforms": [_change(change) for change in changes],
    }


def _change(change: "Change") -> dict[str, Any]:
    return {
        "platform": change.platform,
        "same": change.is_none,
        "before": change.before.digest if change.before else None,
        "after": change.after.digest if change.after else None,
        "layers_removed": [layer._asdict() for layer in change.layers_removed],
        "layers_added": [layer._asdict() for layer in change.layers_added],
        "config": {
            name: {"before": old, "after": new} for name, (old, new) in change.config.items()
        },
    }


def _print(old: "Overview", new: "Overview", changes: "list[Change]") -> None:
    if old.digest == new.digest:
        typer.echo(f"Both are {old.digest}.")
        return
    typer.echo(f"- {old.digest}\n+ {new.digest}")
    for change in changes:
        typer.echo(f"\n{change.platform or 'unknown platform'}{_outcome(change)}")
        for layer in change.layers_removed:
            typer.echo(f"- layer {layer.digest[:19]}  {size(layer.size)}")
        for layer in change.layers_added:
            typer.echo(f"+ layer {layer.digest[:19]}  {size(layer.size)}")
        for name, (was, now) in change.config.items():
            typer.echo(f"- {name} {json.dumps(was)}\n+ {name} {json.dumps(now)}")


def _outcome(change: "Change") -> str:
    if change.before is None:
        return ": only in the other"
    if change.after is None:
        return ": only in the first"
    if change.is_none:
        return ": the same"
    return f": {_growth(change.after.size - change.before.size)}"


def _growth(count: int) -> str:
    return f"{size(abs(count))} {'more' if count >= 0 else 'less'}"
