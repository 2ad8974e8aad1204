"""Which registry a command manages: the one in a folder of this machine, or a server elsewhere.

Decides how the owner of a folder and a guest of a server each show who they are. Both then ask
the same API, so that no command knows the difference.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longshore.cli.options import Command, with_settings
from longshore.registry.trust import is_secure
from longshore.server.config import TOKEN_VARIABLE, Configuration

if TYPE_CHECKING:
    from longshore.client.management import Login, Management

SERVER = typer.Option(
    "--server",
    metavar="URL",
    help=f"Manage this server, not a folder; {TOKEN_VARIABLE} has a robot's secret, or a name and"
    " a password are asked for.",
)


class Registry:
    """The registry that the options name."""

    def __init__(self, configuration: Configuration, server: str | None) -> None:
        self._settings = configuration.settings
        self._server = server
        if server is not None and "--root" in configuration.origins.values():
            raise typer.BadParameter("--server and --root exclude each other")
        if server is not None and not is_secure(server):
            raise typer.BadParameter(
                f"{server}: write https://HOST; http:// would show the secret to all in between,"
                " and is for this machine only"
            )

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is a server, where whoever asks has to log in."""
        return self._server is not None

    @contextlib.contextmanager
    def opened(self, *, may_make: bool = False) -> Iterator[Management]:
        """Its management API. With `may_make`, a folder without a registry gets one."""
        from longshore.client import management

        if self._server is not None:
            client = management.of_server(self._server.rstrip("/"), _login(self._server))
            with contextlib.closing(client):
                yield client
            return
        from longshore.server import local

        with local.opened(self._settings, may_make=may_make) as opened:
            if opened.is_new:
                typer.echo(f"There was no registry in {self._settings.root}: made one.", err=True)
            with contextlib.closing(management.of_application(opened.app)) as client:
                yield client

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """One reply; raises what `Management.ask` does."""
        with self.opened() as management:
            return management.ask(method, path, body, **query)

    def all(self, path: str, entries: str, **query: object) -> list[Any]:
        """A whole listing."""
        with self.opened() as management:
            return list(management.pages(path, entries, **query))


def with_registry(command: Command) -> Command:
    """Give a command the options that name a registry, and call it with that registry."""

    @functools.wraps(command)
    def run(configuration: Configuration, *, server: str | None = None, **given: Any) -> None:
        command(Registry(configuration, server), **given)

    own = list(inspect.signature(command).parameters.values())[1:]
    first = inspect.Parameter("configuration", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    server = inspect.Parameter(
        "server",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, SERVER],
    )
    run.__signature__ = inspect.Signature([first, *own, server])  # type: ignore[attr-defined]
    return with_settings("root")(run)


def _login(server: str) -> Login:
    from longshore.client import management

    token = os.environ.get(TOKEN_VARIABLE)
    if token:
        return management.Secret(token)
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"let {TOKEN_VARIABLE} be the secret of a robot")
    name: str = typer.prompt(f"User of {server}", err=True)
    return management.password(name, typer.prompt("Password", hide_input=True, err=True))
