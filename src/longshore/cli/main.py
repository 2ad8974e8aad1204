"""Where the program starts, and the only place that turns an exception into what a user sees.

Exit codes: 0 done, 1 it could not be done, 2 it was asked for wrongly, 3 rules forbid it (the
registry's, or that a version does not change), 4 with --exit-code, both sides are the same already.
Results go to standard output, everything else to standard error. What is not expected keeps its
traceback: it is a bug.
"""

import contextlib
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import longshore
from longshore.cli.failures import told
from longshore.cli.words import leave_as_typed

INTERRUPTED = 130  # by Ctrl-C, as shells have it

# Each is a module of this package, with a function of that name or an `app` of several commands.
# What each says of itself first stands here as well, so that --help imports none of them.
COMMANDS = {
    "serve": "Run a registry.",
    "init": "Write longshore.yaml into this folder: image, branches, releases.",
    "tags": "Print what an image of this checkout is called, and why.",
    "push": "Push an image of this checkout, under the names that `longshore tags` says.",
    "release": "Release the version that is tagged at this commit: 1.0.5, with 1.0, 1 and latest.",
    "copy": "Copy an image between registries and layouts, byte by byte.",
    "promote": "Copy a version to where others look, with signatures and all platforms.",
    "ls": "List the repositories of a registry, or the tags of a repository.",
    "inspect": "Show what an image is: platforms, layers, configuration, what is attached.",
    "diff": "Show what has changed from one image to another, or in what two environments differ.",
    "history": "Show what a tag was, and who moved it; without a tag, the moves of all tags.",
    "restore": "Let a tag name again what it named before it moved, or was deleted.",
    "env": "Where services run, and which images.",
    "status": "Print what environments are to run, what their hosts say, and what is in the way.",
    "logs": "Print what a service of an environment has written last, on all of its hosts.",
    "deploy": "Let an environment run an image, or ask for the approvals that this takes.",
    "rollback": "Let an environment go back to what it ran before, and stay there.",
    "pin": "Let an environment stay with what it runs, or with another image.",
    "resume": "End holds, so that an environment follows again, and withdraw what was asked for.",
    "approve": "Be in favour of an image that waits to be deployed, or is going to.",
    "freeze": "Let nothing be deployed to an environment, but what it goes back to.",
    "unfreeze": "Let images be deployed to an environment again; what waited for it is, at once.",
    "login": "Log in to a registry, and keep the login where docker does.",
    "logout": "Forget the login of a registry.",
    "user": "People, who log in with a password.",
    "robot": "Programs, which log in with a secret.",
    "group": "Who belongs together.",
    "grant": "Who may do what, where.",
    "trust": "Builds that log in with the token of an issuer.",
    "key": "The keys that sign tokens.",
    "quota": "How much repositories may hold.",
    "policy": "Which tags may move, and which move by themselves.",
    "notify": "Who is told of events: by webhook, in a chat, by mail.",
    "audit": "Who did what.",
    "gc": "Show the state of garbage collection, or what it would remove, or collect at once.",
    "fsck": "Check every row and every byte, beside a running server or without one.",
    "agent": "Keep on this machine what an environment is to run.",
    "adopt": "Print a container of this machine as a service of a longshore.yaml.",
    "health": "Ask the server whether it is ready.",
    "config": "What is set, and what can be set.",
}


class Commands(TyperGroup):
    """Commands that are imported when they are called: who copies an image need not wait for what
    reads the settings of a server."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """What help and completion show of a command; it can not be called."""
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name], rich_markup_mode="markdown")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        leave_as_typed(self, ctx)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, imported."""
        name, shown, rest = super().resolve_command(ctx, args)
        if name is None or shown is None:
            return name, shown, rest
        found = typer.main.get_command(command(name))
        found.name = name  # a group has none of its own
        leave_as_typed(found, ctx)
        return name, found, rest


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
        _end(end.code)
        raise
    except Exception as error:
        failure = told(error)
        if failure is None:
            raise
        for line in failure.text.splitlines():
            typer.echo(f"longshore: {line}", err=True)
        _end(failure.code)
        raise SystemExit(failure.code) from None


def _end(code: object) -> None:
    """End at once: everything is closed, and to take Python apart takes longer than a small command
    works, or waits for threads that wait for a network.

    Who can not write all does it to be told of that.
    """
    if not isinstance(code, int):
        return
    with contextlib.suppress(OSError):
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        os._exit(code)
