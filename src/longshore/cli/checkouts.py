"""What commands about a checkout share: its options, and reading it with its project file.

It decides how a user says what git does not know. What follows from that is `delivery`'s to say.
"""

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from longshore.delivery.tags.checkout import Checkout
    from longshore.source.project import Project

Command = Callable[..., Any]


class Given(NamedTuple):
    """What the user says about the checkout of the present folder."""

    branch: str | None
    version: str | None
    variant: str
    dirty: bool
    project: str | None

    def read_checkout(self) -> "Checkout":
        """What git says, and the user instead; raises SourceError."""
        from longshore.delivery.tags.checkout import Checkout
        from longshore.source import checkout
        from longshore.source.errors import NoRepository

        try:
            found = checkout.read(Path.cwd(), os.environ)
        except NoRepository:
            if self.branch is None and self.version is None:
                raise
            found = Checkout()
        return found.told(self.branch, self.version)

    def read_project(self) -> "Project":
        return read_project(self.project)


def read_project(name: str | None) -> "Project":
    """What the project file says, or what a new one would; raises ProjectError."""
    from longshore.source import project, starter

    here = Path.cwd()
    file = Path(name) if name else project.find(here)
    if file:
        return project.load(file)
    typer.echo(f"note: there is no {project.FILE}; `longshore init` writes one", err=True)
    return project.Project(image=starter.image(here, os.environ))


_OPTIONS = {
    "branch": (str | None, None, "The branch, where git does not know it.", "NAME"),
    "version": (str | None, None, "The version, instead of the tags in git.", "VERSION"),
    "variant": (str, "", "The declared variant that is built.", "NAME"),
    "dirty": (bool, False, "Allow changed files; the branch's tag ends in -dirty then.", None),
    "project": (str | None, None, "Project file; longshore.yaml here or above if missing.", "FILE"),
}


def with_checkout(command: Command) -> Command:
    """Give a command the options about the checkout, and call it with what they say.

    Typer reads a command's options off its signature, so that is where they are added.
    """

    @functools.wraps(command)
    def run(*first: object, **options: Any) -> Any:
        given = Given(**{key: options.pop(key) for key in _OPTIONS})
        return command(given, *first, **options)

    own = list(inspect.signature(command).parameters.values())[1:]
    run.__signature__ = inspect.Signature([*own, *map(_option, _OPTIONS)])  # type: ignore[attr-defined]
    return run


def _option(key: str) -> inspect.Parameter:
    kind, default, text, metavar = _OPTIONS[key]
    option = typer.Option(f"--{key}", help=text, metavar=metavar, rich_help_panel="Checkout")
    return inspect.Parameter(
        key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )
