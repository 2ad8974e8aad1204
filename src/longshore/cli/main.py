"""Where the program starts, and the only place that turns an exception into what a user sees.

Exit codes: 0 done, 1 it could not be done, 2 it was asked for wrongly, 3 rules forbid it (the
registry's, or that a version does not change), 4 with --exit-code, both sides are the same already.
Results go to standard output, everything else to standard error. What is not expected keeps its
traceback: it is a bug.
"""

import os
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import longshore
from longshore.cli.failures import told

INTERRUPTED = 130  # by Ctrl-C, as shells have it

# Each is a module of this package, with a function of that name or an `app` of several commands.
COMMANDS = (
    "serve",
    "init",
    "tags",
    "push",
    "release",
    "copy",
    "promote",
    "ls",
    "inspect",
    "diff",
    "login",
    "logout",
    "user",
    "robot",
    "group",
    "grant",
    "trust",
    "key",
    "quota",
    "audit",
    "gc",
    "fsck",
    "health",
    "config",
)


class Commands(TyperGroup):
    """Commands that are imported when they are called: who copies an image need not wait for what
    reads the settings of a server."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        found = typer.main.get_command(command(cmd_name))
        found.name = cmd_name  # a group has none of its own
        return found


def command(name: str) -> typer.Typer:
    """One of the commands, or a group of them, as a program of its own."""
    module = import_module(f"longshore.cli.{name}")
    if hasattr(module, "app"):
        group: typer.Typer = module.app
        return group
    alone = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    alone.command(name)(getattr(module, name))
    return alone


app = typer.Typer(
    cls=Commands,
    help="A private container registry, and the command line that ships to it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"longshore {longshore.__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Options before any command."""


def main() -> None:
    """Run the command that was asked for; ends the process."""
    try:
        app(prog_name="longshore")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            # Everything is closed. Threads that wait for a network would hold this up.
            os._exit(INTERRUPTED)
        raise
    except Exception as error:
        failure = told(error)
        if failure is None:
            raise
        for line in failure.text.splitlines():
            typer.echo(f"longshore: {line}", err=True)
        raise SystemExit(failure.code) from None
