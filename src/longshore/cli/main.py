"""Where the program starts, and the only place that turns an exception into what a user sees.

Exit codes: 0 done, 1 it could not be done, 2 it was asked for wrongly, 3 rules forbid it (the
registry's, or that a version does not change), 4 with --exit-code, both sides are the same already.
Results go to standard output, everything else to standard error. What is not expected keeps its
traceback: it is a bug.
"""

import sqlite3
from typing import Annotated

import typer

import longshore
from longshore.cli import config
from longshore.cli.copy import copy
from longshore.cli.diff import diff
from longshore.cli.fsck import fsck
from longshore.cli.gc import gc
from longshore.cli.inspect import inspect
from longshore.cli.login import login, logout
from longshore.cli.ls import ls
from longshore.cli.promote import promote
from longshore.cli.push import push
from longshore.cli.serve import serve
from longshore.client.errors import ClientError, VersionExists
from longshore.oci.errors import Denied, OCIError, StorageFull
from longshore.server.config import ConfigurationError
from longshore.storage.sql.migrations import OtherSchema

app = typer.Typer(
    help="A private container registry, and the command line that ships to it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(serve)
for _command in (push, copy, promote, ls, inspect, diff, login, logout):
    app.command()(_command)
app.command()(gc)
app.command()(fsck)
app.add_typer(config.app, name="config", help="What is set, and what can be set.")


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
    except ConfigurationError as error:
        _fail(str(error), code=2)
    except OtherSchema as error:
        _fail(str(error), code=1)
    except VersionExists as error:
        _fail(str(error), code=3)
    except ClientError as error:
        _fail(str(error), code=1)
    except OCIError as error:
        is_forbidden = isinstance(error, Denied) and not isinstance(error, StorageFull)
        _fail(_told(error), code=3 if is_forbidden else 1)
    except sqlite3.Error as error:
        _fail(f"the database says: {error}", code=1)
    except OSError as error:
        _fail(": ".join(filter(None, [error.filename, error.strerror or str(error)])), code=1)


def _told(error: OCIError) -> str:
    """What a registry says, and to which request."""
    place = "; ".join(getattr(error, "__notes__", ()))
    return f"{error} ({place})" if place else str(error)


def _fail(reason: str, code: int) -> None:
    for line in reason.splitlines():
        typer.echo(f"longshore: {line}", err=True)
    raise SystemExit(code)
