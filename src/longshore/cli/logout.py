"""`longshore logout`: no login any more where docker keeps its own."""

import os
from typing import Annotated

import typer

from longshore.cli.places import parsed


def logout(host: Annotated[str, typer.Argument(metavar="HOST")]) -> None:
    """Forget the login of a registry.

    Example: `longshore logout registry.example.com`
    """
    from longshore.client import logins
    from longshore.oci.image import parse_host

    name = parsed(parse_host, host)
    was_there = logins.forget(name, os.environ)
    typer.echo(f"Logged out of {name}." if was_there else f"No login for {name}.", err=True)
