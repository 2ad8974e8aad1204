"""`longshore diff`: what has changed between two images, or two environments.

Decides which of them is meant: what has a `:`, `/`, `@` or `.` is an image.
"""

import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longshore.cli import differences
from longshore.cli.output import Json
from longshore.cli.places import SAME, ExitCode, Insecure, looking, place_at_home, size
from longshore.cli.registries import Registry, with_registry

if TYPE_CHECKING:
    from longshore.client.images import Change, Overview
    from longshore.client.session import Session


@with_registry
def diff(
    registry: Registry,
    before: Annotated[str, typer.Argument(metavar="IMAGE|ENVIRONMENT")],
    after: Annotated[str, typer.Argument(metavar="OTHER")],
    *,
    exit_code: ExitCode = False,
    as_json: Json = False,
    insecure: Insecure = None,
) -> None:
    """Show what has changed from one image to another, or in what two environments differ.

    Example: `longshore diff localhost:5000/mysample:1.0 localhost:5000/mysample:1.1`

    A name without a host is of the registry that LONGSHORE_SERVER names, else of this machine's.
    Two names of environments are told as `longshore env diff staging production` does.
    """
    from longshore.client.session import Session

    environments = _environments(registry, before, after)
    if environments is not None:
        is_same = differences.show(*environments, as_json=as_json)
    else:
        with Session(os.environ, insecure=insecure or ()) as session:
            is_same = _show(session, before, after, as_json=as_json)
    raise typer.Exit(SAME if exit_code and is_same else 0)


def _environments(registry: Registry, *names: str) -> "tuple[Any, Any] | None":
    """Both, if the names are those of environments; raises typer.BadParameter if it is unclear."""
    from longshore.client.management import place

    if any(set(name) & set(":/@.") for name in names):
        if registry.is_chosen:
            raise typer.BadParameter("images are named with their host: leave --server, --root out")
        return None
    one, other = (registry.find(f"/environments{place(name)}") for name in names)
    if one is None and other is None:
        return None
    if one is None or other is None:
        known, unknown = names if other is None else names[::-1]
        raise typer.BadParameter(
            f"{known} is an environment, and {unknown} is none that you may see: an image is named"
            f" with its tag, as in {unknown}:latest"
        )
    if all(registry.find(f"/repositories/{name}/history", limit=1) for name in names):
        first, second = names
        raise typer.BadParameter(
            f"{first} and {second} are environments, and repositories: `longshore env diff"
            f" {first} {second}`, or `longshore diff {first}:latest {second}:latest`"
        )
    return one, other


def _show(session: "Session", before: str, after: str, *, as_json: bool) -> bool:
    """Print what has changed between two images; answers whether nothing has."""
    from longshore.client import images

    places = [place_at_home(before), place_at_home(after)]
    with looking(*places):
        old, new = (images.look(session.source(p), p.reference, session.pool) for p in places)
    changes = images.compare(old, new)
    if as_json:
        typer.echo(json.dumps(_as_dict(old, new, changes), indent=2))
    else:
        _print(old, new, changes)
    return old.digest == new.digest


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
