"""`longshore ls`: the repositories of a registry, or the tags of a repository."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.places import home, home_host, looking, parsed, with_session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from longshore.client.session import Session


@with_session
def ls(
    session: "Session",
    place: Annotated[
        str | None, typer.Argument(metavar="[HOST][/][NAME]", show_default=False)
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """List the repositories of a registry, or the tags of a repository.

    Example: `longshore ls localhost:5000/mysample`

    A name without a host, or none at all, is of the registry that LONGSHORE_SERVER names, else of
    this machine's.
    """
    from longshore.client import tags
    from longshore.oci.image import is_host, parse_host

    asked = place or home_host()
    if "/" not in asked and is_host(asked):
        listed = tags.repositories(session.registry(parsed(parse_host, asked)))
        _print(listed, as_json=as_json)
        return
    repository = home(asked)
    with looking(repository):
        _print(tags.tags(session.repository(repository)), as_json=as_json)


def _print(names: "Iterable[str]", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(list(names), indent=2))
        return
    for name in names:
        typer.echo(name)
