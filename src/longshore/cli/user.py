"""`longshore user`: people, who log in with a password."""

from typing import Annotated

import typer

from longshore.cli import accounts
from longshore.cli.accounts import Description, Grants, parse_grants, tell_if_first
from longshore.cli.output import Json
from longshore.cli.passwords import FromStdin, new_password, old_password
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import allowed, print_json, print_table, state

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="People, who log in with a password.",
)

Name = Annotated[str, typer.Argument(show_default=False)]
Admin = Annotated[bool, typer.Option("--admin", help="Let it do everything, and manage it all.")]


@app.command()
@with_registry
def add(  # noqa: PLR0913  each is an option
    registry: Registry,
    name: Name,
    *,
    admin: Admin = False,
    grant: Grants = None,
    description: Description = "",
    password_stdin: FromStdin = False,
    as_json: Json = False,
) -> None:
    """Make a user, in a folder without a registry as well.

    Example: `longshore user add alice`

    The first account closes the registry: from then on nobody may do what was not granted.
    """
    grants = parse_grants(grant)
    if admin:
        grants.append({"pattern": "**", "verbs": ["admin"]})
    password = new_password(from_stdin=password_stdin)
    body = {"name": name, "password": password, "description": description, "grants": grants}
    with registry.opened(may_make=True) as management:
        added = management.ask("POST", "/users", body)
    if as_json:
        print_json(added)
    else:
        typer.echo(f"Added {name}.")
        if not grants:
            typer.echo(
                f"To let {name} do something: longshore grant add {name} 'team/**' pull,push"
            )
    tell_if_first(added)


@app.command("list")
@with_registry
def show_all(registry: Registry, *, as_json: Json = False) -> None:
    """List users, with what each is granted itself.

    Example: `longshore user list`
    """
    users = registry.all("/users", "users")
    if as_json:
        print_json(users)
        return
    rows = [(one["name"], state(one), " ".join(one["groups"]), allowed(one)) for one in users]
    missing = "There are no users yet: `longshore user add NAME --admin`."
    print_table(("NAME", "STATE", "GROUPS", "GRANTS"), rows, missing)


@app.command()
@with_registry
def passwd(
    registry: Registry,
    name: Annotated[str | None, typer.Argument(show_default=False)] = None,
    *,
    password_stdin: FromStdin = False,
) -> None:
    """Change a user's password; without a name, the own one at a server.

    Example: `longshore user passwd alice`

    Clients that are logged in with the former password are logged out.
    """
    if name is None and not registry.is_elsewhere:
        raise typer.BadParameter("name the user; at a --server, it is you without a name")
    if name is None:
        body = {"old": old_password(), "new": new_password(from_stdin=False)}
        registry.ask("PUT", "/me/password", body)
    else:
        password = new_password(from_stdin=password_stdin)
        registry.ask("PUT", accounts.path("users", name, "password"), {"password": password})
    typer.echo("The password is changed.")


@app.command()
@with_registry
def disable(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Let a user in no more, at once, and keep what belongs to it.

    Example: `longshore user disable alice`
    """
    accounts.enable(registry, "users", name, is_enabled=False, as_json=as_json)


@app.command()
@with_registry
def enable(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Let a user in again.

    Example: `longshore user enable alice`
    """
    accounts.enable(registry, "users", name, is_enabled=True, as_json=as_json)


@app.command()
@with_registry
def remove(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Remove a user, its grants and its memberships.

    Example: `longshore user remove alice`
    """
    accounts.remove(registry, "users", name, as_json=as_json)
