"""`longshore robot`: programs, which log in with secrets that the registry makes.

Decides that a secret is alone on standard output, so that it can be piped to where it is kept.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from longshore.cli import accounts
from longshore.cli.accounts import Description, Grants, parse_grants, tell_if_first
from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import allowed, print_json, print_table, state, when

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Programs, which log in with a secret.",
)
secret = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(secret, name="secret", help="The secrets of a robot: several at a time, to change.")

Name = Annotated[str, typer.Argument(show_default=False)]
Expires = Annotated[
    str | None,
    typer.Option("--expires", metavar="TIME", help="After how long, such as 90d; never without."),
]


@app.command()
@with_registry
def add(
    registry: Registry,
    name: Name,
    *,
    grant: Grants = None,
    expires: Expires = None,
    description: Description = "",
    as_json: Json = False,
) -> None:
    """Make a robot, and print its secret, this once.

    Example: `longshore robot add ci --grant 'team/**:pull,push' --expires 90d`
    """
    body = {
        "name": name,
        "description": description,
        "grants": parse_grants(grant),
        "expires_at": _expiry(expires),
    }
    added = registry.ask("POST", "/robots", body)
    _show_secret(added, name, added["secrets"][0]["expires_at"], as_json=as_json)
    tell_if_first(added)


@app.command("list")
@with_registry
def show_all(registry: Registry, *, as_json: Json = False) -> None:
    """List robots, with what each is granted itself.

    Example: `longshore robot list`
    """
    robots = registry.all("/robots", "robots")
    if as_json:
        print_json(robots)
        return
    rows = [(one["name"], state(one), _last_use(one), allowed(one)) for one in robots]
    missing = "There are no robots yet: `longshore robot add NAME`."
    print_table(("NAME", "STATE", "LAST LOGIN", "GRANTS"), rows, missing)


@app.command()
@with_registry
def disable(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Let a robot in no more, at once, and keep what belongs to it.

    Example: `longshore robot disable ci`
    """
    accounts.enable(registry, "robots", name, is_enabled=False, as_json=as_json)


@app.command()
@with_registry
def enable(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Let a robot in again.

    Example: `longshore robot enable ci`
    """
    accounts.enable(registry, "robots", name, is_enabled=True, as_json=as_json)


@app.command()
@with_registry
def remove(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Remove a robot, its secrets, its grants and its memberships.

    Example: `longshore robot remove ci`
    """
    accounts.remove(registry, "robots", name, as_json=as_json)


@secret.command("add")
@with_registry
def add_secret(
    registry: Registry,
    name: Name,
    *,
    label: Annotated[str, typer.Option(help="What the secret is for.")] = "",
    expires: Expires = None,
    as_json: Json = False,
) -> None:
    """Make one more secret for a robot, and print it, this once.

    Example: `longshore robot secret add ci --expires 90d`

    To change a secret: add one, put it where it is used, and remove the old one.
    """
    body = {"label": label, "expires_at": _expiry(expires)}
    added = registry.ask("POST", accounts.path("robots", name, "secrets"), body)
    _show_secret(added, name, added["expires_at"], as_json=as_json)


@secret.command("list")
@with_registry
def list_secrets(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """List the secrets of a robot, by their ids.

    Example: `longshore robot secret list ci`
    """
    found = registry.ask("GET", accounts.path("robots", name, "secrets"))["secrets"]
    if as_json:
        print_json(found)
        return
    rows = [
        (one["id"], when(one["created_at"]), _end(one), when(one["last_used_at"]), one["label"])
        for one in found
    ]
    missing = f"{name} has no secret: `longshore robot secret add {name}`."
    print_table(("ID", "CREATED", "EXPIRES", "LAST LOGIN", "LABEL"), rows, missing)


@secret.command("remove")
@with_registry
def remove_secret(
    registry: Registry,
    name: Name,
    secret_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
) -> None:
    """Remove a secret of a robot: nobody logs in with it any more.

    Example: `longshore robot secret remove ci 1a2b3c4d`
    """
    registry.ask("DELETE", accounts.path("robots", name, "secrets", secret_id))
    typer.echo(f"Removed {secret_id}.")


def _expiry(text: str | None) -> str | None:
    """When a secret that is made now expires."""
    if text is None:
        return None
    from longshore.server.values import SECONDS

    try:
        moment = datetime.fromtimestamp(time.time() + SECONDS.parse(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise typer.BadParameter(f"{text}: write a time, such as 90d, 24h or 15m") from None
    return moment.isoformat(timespec="seconds")


def _show_secret(
    added: Mapping[str, Any], name: str, expires_at: str | None, *, as_json: bool
) -> None:
    if as_json:
        print_json(added)
        return
    typer.echo(added["secret"])
    end = f"It expires {when(expires_at)}." if expires_at else "It does not expire."
    typer.echo(f"That is a secret of {name}, which is shown this once. {end}", err=True)


def _last_use(robot: Mapping[str, Any]) -> str:
    times = [one["last_used_at"] for one in robot["secrets"] if one["last_used_at"]]
    return when(max(times, default=None))


def _end(secret: Mapping[str, Any]) -> str:
    return when(secret["expires_at"])
