"""`longshore login`: a login, verified, where docker keeps its own."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.places import Insecure, parsed

if TYPE_CHECKING:
    from longshore.client.credentials import Login

Host = Annotated[str, typer.Argument(metavar="HOST")]
Username = Annotated[str | None, typer.Option("--username", "-u", help="Who logs in.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


def login(
    host: Host,
    *,
    username: Username = None,
    password_stdin: FromStdin = False,
    insecure: Insecure = None,
) -> None:
    """Log in to a registry, and keep the login where docker does.

    Example: `longshore login registry.example.com -u ci --password-stdin < token.txt`

    The registry is asked first: what it does not accept is not kept. Without `--password-stdin`,
    name and password are asked for on the terminal.
    """
    from longshore.client import logins
    from longshore.client.session import Session
    from longshore.oci.image import parse_host

    name = parsed(parse_host, host)
    given = _login(username, password_stdin)
    with Session(os.environ, insecure=insecure or ()) as session:
        session.verify(name, given)
    typer.echo(f"Logged in to {name}; kept in {logins.keep(name, given, os.environ)}.", err=True)


def _login(username: str | None, password_stdin: bool) -> "Login":
    from longshore.client.credentials import Login

    if password_stdin:
        if not username:
            raise typer.BadParameter("--password-stdin needs --username")
        return Login(username, sys.stdin.read().rstrip("\r\n"))
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask on: use --password-stdin")
    name = username or typer.prompt("Username", err=True)
    return Login(name, typer.prompt("Password", hide_input=True, err=True))
