"""`longshore ls`: the repositories of a registry, or the tags of a repository."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.places import image, parsed, with_session

if TYPE_CHECKING:
    from longshore.client.session import Session


@with_session
def ls(
    session: "Session",
    place: Annotated[str, typer.Argument(metavar="HOST[/NAME]")],
    *,
    as_json: Json = False,
) -> None:
    """List the repositories of a registry, or the tags of a repository.

    Example: `longshore ls localhost:5000/mysample`
    """
    from longshore.client import tags
    from longshore.oci.image import is_host, parse_host

    if "/" not in place and is_host(place):
        listed = tags.repositories(session.registry(parsed(parse_host, place)))
    else:
        listed = tags.tags(session.repository(image(place)))
    if as_json:
        typer.echo(json.dumps(list(listed), indent=2))
        return
    for name in listed:
        typer.echo(name)
