"""Which registry a command manages: the one in a folder of this machine, or a server elsewhere.

Decides where, for every command alike: what --server or --root says; else the folder that settings
name; else the server that LONGSHORE_SERVER names; else ./data, if a registry is in it; else
localhost:5000. And how each shows who it is: the owner of a folder by owning it, a guest of a
server by LONGSHORE_TOKEN, by docker's login or by being asked. All ask the same API.
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
from longshore.client.home import HOME, SERVER_VARIABLE, TOKEN_VARIABLE
from longshore.registry.trust import is_secure
from longshore.server.config import Configuration

if TYPE_CHECKING:
    from longshore.client.management import Login, Management

SERVER = typer.Option(
    "--server",
    metavar="URL",
    help=f"Manage this server, not a folder; {SERVER_VARIABLE} names one, too. {TOKEN_VARIABLE} has"
    " a robot's secret; else it is docker's login, or a name and a password are asked for.",
)


class Registry:
    """The registry that the options name, or the surroundings."""

    def __init__(self, configuration: Configuration, server: str | None) -> None:
        self._settings = configuration.settings
        has_root = "--root" in configuration.origins.values()
        self._is_chosen = server is not None or has_root
        if server is not None and has_root:
            raise typer.BadParameter("--server and --root exclude each other")
        names_folder = "root" in configuration.origins
        self._named = server if server is not None or names_folder else _of_team()
        self._is_guess = self._named is None and not names_folder

    @property
    def is_chosen(self) -> bool:
        """Whether an option names it."""
        return self._is_chosen

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is a server, where whoever asks has to log in."""
        return self._server is not None

    @property
    def _server(self) -> str | None:
        """Its address; None if it is the folder's."""
        if self._is_guess and not self._is_in_folder:
            return f"http://{HOME}"
        return self._named

    @property
    def _is_in_folder(self) -> bool:
        from longshore.server import wiring

        return wiring.database(self._settings.root).exists()

    @contextlib.contextmanager
    def opened(self, *, may_make: bool = False, may_ask: bool = True) -> Iterator[Management]:
        """Its management API. With `may_make`, a folder without a registry gets one; without
        `may_ask`, nobody is asked who it is.
        """
        from longshore.client import management

        server = self._named if may_make else self._server
        if server is not None:
            asked = management.of_server(server.rstrip("/"), self._login(server, may_ask=may_ask))
            with self._explained(), contextlib.closing(asked) as client:
                yield client
            return
        from longshore.server import local

        with local.opened(self._settings, may_make=may_make) as opened:
            if opened.is_new:
                typer.echo(f"There was no registry in {self._settings.root}: made one.", err=True)
            with contextlib.closing(management.of_application(opened.app)) as client:
                yield client

    def _login(self, server: str, *, may_ask: bool) -> Login:
        from longshore.client import management

        if not is_secure(server):
            raise typer.BadParameter(
                f"{server}: write https://HOST; http:// would show the secret to all in between,"
                " and is for this machine only"
            )
        secret = "" if self._is_guess else os.environ.get(TOKEN_VARIABLE)
        if secret:
            return management.Secret(secret)
        return management.Later(lambda: _kept(server) or _asked(server, may_ask=may_ask))

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Say how it was come to ask a server that nobody has named."""
        from longshore.client.errors import Unreachable
        from longshore.registry.refusals import Forbidden

        try:
            yield
        except (Unreachable, Forbidden) as problem:
            if self._named is not None:
                raise
            kind = type(problem)
            raise kind(
                f"{problem}\nThere is no registry in {self._settings.root}, so {HOME} was asked:"
                f" --root, --server or {SERVER_VARIABLE} say which one is meant."
            ) from None

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """One reply; raises what `Management.ask` does."""
        with self.opened() as management:
            return management.ask(method, path, body, **query)

    def find(self, path: str, **query: object) -> Any | None:
        """What is there; None if nothing is that can be seen without being asked who looks."""
        from longshore.client.errors import ClientError
        from longshore.oci.errors import OCIError
        from longshore.registry.refusals import Refusal

        try:
            with self.opened(may_ask=False) as management:
                return management.ask("GET", path, **query)
        except (ClientError, OCIError, Refusal, OSError, typer.BadParameter):
            return None

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


def _of_team() -> str | None:
    """The address that the environment names; raises typer.BadParameter."""
    from longshore.client import home

    if not os.environ.get(SERVER_VARIABLE):
        return None
    try:
        return home.url(os.environ)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None


def _kept(server: str) -> Login | None:
    """That which docker has."""
    from urllib.parse import urlsplit

    from longshore.client import credentials, management

    kept = credentials.find(urlsplit(server).netloc, "", os.environ)
    return management.password(kept.username, kept.password) if kept and kept.username else None


def _asked(server: str, *, may_ask: bool) -> Login:
    """What somebody types; raises Unauthorized, and typer.BadParameter."""
    from longshore.client import management
    from longshore.oci.errors import Unauthorized

    if not may_ask:
        raise Unauthorized
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            f"{server} asks who you are: let {TOKEN_VARIABLE} be the secret of a robot, or"
            " `longshore login`"
        )
    name: str = typer.prompt(f"User of {server}", err=True)
    return management.password(name, typer.prompt("Password", hide_input=True, err=True))
