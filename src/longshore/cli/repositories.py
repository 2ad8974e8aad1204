"""Which repository a command is about, and how its registry is asked about it.

Decides by the name: one with a host is of that registry. One without is where `registries` says.
A registry that no --server names is asked as clients ask for content, by docker's login.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longshore.cli.options import with_settings
from longshore.cli.places import Insecure, home, image, keyword
from longshore.cli.registries import SERVER, Registry
from longshore.server.config import Configuration

if TYPE_CHECKING:
    from longshore.client.management import Management
    from longshore.oci.names import Tag

_NAME = typer.Argument(metavar="[HOST/]NAME[:TAG]", show_default=False)


class Asked:
    """A repository, and perhaps a tag of it, as the arguments name it."""

    def __init__(
        self, configuration: Configuration, server: str | None, insecure: list[str], name: str
    ) -> None:
        self._surroundings = _surroundings(configuration, server, name)
        # None where it is asked as clients ask for content.
        self._registry = _chosen(self._surroundings)
        self._insecure = insecure
        self._image = image(f"localhost/{name}") if self._registry else home(name)
        self._name = name
        if self._image.digest is not None:
            raise typer.BadParameter(f"{name}: a digest never moves; name a tag")

    @property
    def tag(self) -> Tag | None:
        return self._image.tag

    def __str__(self) -> str:
        """Its name as the user wrote it, or with the host that was chosen for it."""
        return self._name if self._registry else str(self._image)

    def path(self, operation: str) -> str:
        """The address below the API of an operation on it."""
        return f"/repositories/{self._image.repository}/{operation}"

    def environment(self, operation: str, **query: object) -> Any | None:
        """What its registry says of an environment of this name, where it may be one."""
        from longshore.client.management import place

        if self._surroundings is None or set(self._name) & set(":/@"):
            return None
        return self._surroundings.find(f"/environments{place(self._name)}{operation}", **query)

    @contextlib.contextmanager
    def opened(self, *actions: str) -> Iterator[Management]:
        """The API of its registry, for who may do these to it."""
        if self._registry is not None:
            with self._registry.opened() as opened:
                yield opened
            return
        from longshore.client import management
        from longshore.client.session import Session

        with Session(os.environ, insecure=self._insecure) as session:
            client = management.of_repository(session.repository(self._image), *actions)
            with contextlib.closing(client):
                yield client


def _chosen(found: Registry | None) -> Registry | None:
    """A folder, or the server of an option."""
    return found if found and (found.is_chosen or not found.is_elsewhere) else None


def _surroundings(configuration: Configuration, server: str | None, name: str) -> Registry | None:
    """The registry of a name without a host."""
    from longshore.oci.image import is_host

    found = Registry(configuration, server)
    first, slash, _ = name.partition("/")
    if not slash or not is_host(first):
        return found
    if found.is_chosen:
        raise typer.BadParameter(f"{name} names the registry: leave --server and --root out")
    return None


def with_repository(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the argument that names a repository, and the options that say where it is."""

    @functools.wraps(command)
    def run(
        configuration: Configuration,
        name: str,
        *,
        server: str | None = None,
        insecure: list[str] | None = None,
        **given: Any,
    ) -> None:
        command(Asked(configuration, server, insecure or [], name), **given)

    own = list(inspect.signature(command).parameters.values())[1:]
    position = inspect.Parameter.POSITIONAL_OR_KEYWORD
    first = inspect.Parameter("configuration", position)
    named = inspect.Parameter("name", position, annotation=Annotated[str, _NAME])
    places = [
        keyword("server", Annotated[str | None, SERVER], default=None),
        keyword("insecure", Insecure, default=None),
    ]
    run.__signature__ = inspect.Signature([first, named, *own, *places])  # type: ignore[attr-defined]
    return with_settings("root")(run)
