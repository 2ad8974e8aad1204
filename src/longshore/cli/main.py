"""Where the program starts, and the only place that turns an exception into what a user sees.

Exit codes: 0 done, 1 it could not be done, 2 it was asked for wrongly, 3 the policy refuses it.
Results go to standard output, everything else to standard error. What is not expected keeps its
traceback: it is a bug.
"""

import sqlite3
from typing import Annotated

import typer

import longshore
from longshore.cli import audit, config, grant, group, key, robot, trust, user
from longshore.cli.fsck import fsck
from longshore.cli.gc import gc
from longshore.cli.health import health
from longshore.cli.init import init
from longshore.cli.serve import serve
from longshore.cli.tags import tags
from longshore.client.errors import ClientError
from longshore.delivery.errors import Refused, Undetermined
from longshore.oci.errors import OCIError
from longshore.registry.refusals import Refusal
from longshore.server.config import ConfigurationError
from longshore.source.errors import ProjectError, SourceError
from longshore.storage.sql.migrations import OtherSchema

app = typer.Typer(
    help="A private container registry, and the command line that ships to it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(serve)
app.command()(init)
app.command()(tags)
app.command()(health)
app.command()(gc)
app.command()(fsck)
app.add_typer(config.app, name="config", help="What is set, and what can be set.")
for noun, commands, text in (
    ("user", user.app, "People, who log in with a password."),
    ("robot", robot.app, "Programs, which log in with a secret."),
    ("group", group.app, "Who belongs together."),
    ("grant", grant.app, "Who may do what, where."),
    ("trust", trust.app, "Builds that log in with the token of an issuer."),
    ("key", key.app, "The keys that sign tokens."),
    ("audit", audit.app, "Who did what."),
):
    app.add_typer(commands, name=noun, help=text)


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
    except Refused as error:
        _fail(str(error), code=3)
    except (ConfigurationError, ProjectError) as error:
        _fail(str(error), code=2)
    except (OCIError, Refusal) as error:
        _fail(str(error), code={400: 2, 403: 3}.get(error.status, 1))
    except (ClientError, OtherSchema, SourceError, Undetermined) as error:
        _fail(str(error), code=1)
    except sqlite3.Error as error:
        _fail(f"the database says: {error}", code=1)
    except OSError as error:
        _fail(": ".join(filter(None, [error.filename, error.strerror or str(error)])), code=1)


def _fail(reason: str, code: int) -> None:
    for line in reason.splitlines():
        typer.echo(f"longshore: {line}", err=True)
    raise SystemExit(code)
