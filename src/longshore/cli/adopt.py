"""`longshore adopt`: a container that somebody made, as a service that Longshore can run."""

import os
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.agent import SECRETS
from longshore.cli.failures import FAILED
from longshore.cli.output import Json
from longshore.cli.tables import print_json

if TYPE_CHECKING:
    from longshore.engine.adoption import Adopted


def adopt(
    container: Annotated[
        str, typer.Argument(help="Name of the container, or its id.", show_default=False)
    ],
    *,
    as_json: Json = False,
) -> None:
    """Print a container of this machine as a service of a longshore.yaml.

    Example: `longshore adopt web >services.yaml`

    What its image says is left out, so that the next image may say something else. Nothing is
    changed: its place is taken when an environment runs the service here. What a service can not
    say goes to standard error, and makes the exit code 1. Values of secrets are not printed.
    """
    from longshore.engine import adoption
    from longshore.engine.connection import connect
    from longshore.source import writing

    with closing(connect(os.environ)) as client:
        found = adoption.look(client, container)
    if as_json:
        service = {"name": found.service.name, **writing.written(found.service)}
        print_json({"service": service, "left_out": found.left_out})
    else:
        typer.echo(writing.text(found.service), nl=False)
        _tell(found)
    raise typer.Exit(FAILED if found.left_out else 0)


def _tell(found: "Adopted") -> None:
    for variable, name in found.service.secrets.items():
        typer.echo(f"{variable}: write its value to {SECRETS / name}, on each host.", err=True)
    for each in found.left_out:
        typer.echo(f"A service can not say {each}.", err=True)
