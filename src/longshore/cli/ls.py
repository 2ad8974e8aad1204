"""`longshore ls`: the repositories of a registry, or the tags of a repository."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.places import home, home_host, parsed, with_session

if TYPE_CHECKING:
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
    else:
        listed = tags.tags(session.repository(home(asked)))
    if as_json:
        typer.echo(json.dumps(list(listed), indent=2))
        return
    for name in listed:
        typer.echo(name)
