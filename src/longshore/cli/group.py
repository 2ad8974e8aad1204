"""`longshore group`: who belongs together. A grant to a group names it as `@group`."""

from typing import Annotated

import typer

from longshore.cli.accounts import path, tell
from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_done, print_json, print_table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Who belongs together.",
)

Group = Annotated[str, typer.Argument(show_default=False)]
Account = Annotated[str, typer.Argument(show_default=False)]
Unknown = Annotated[
    bool, typer.Option("--unknown", help="It is in an htpasswd file, not in the registry.")
]


@app.command()
@with_registry
def add(
    registry: Registry,
    group: Group,
    account: Account,
    *,
    unknown: Unknown = False,
    as_json: Json = False,
) -> None:
    """Add an account to a group, which is made by its first member.

    Example: `longshore group add developers alice`
    """
    body = {"may_be_unknown": unknown}
    registry.ask("PUT", path("groups", group, "members", account), body)
    print_done({"group": group, "member": account}, f"{account} is in {group}.", as_json=as_json)


@app.command("list")
@with_registry
def show_all(
    registry: Registry,
    group: Annotated[str | None, typer.Argument(show_default=False)] = None,
    *,
    as_json: Json = False,
) -> None:
    """List groups, or the members of one.

    Example: `longshore group list developers`
    """
    if group is not None:
        members = registry.ask("GET", path("groups", group))["members"]
        if as_json:
            print_json(members)
        else:
            print_table(("MEMBER",), [(member,) for member in members])
        return
    groups = registry.all("/groups", "groups")
    if as_json:
        print_json(groups)
    else:
        rows = [(one["name"], str(one["size"])) for one in groups]
        missing = "There are no groups yet: `longshore group add GROUP ACCOUNT`."
        print_table(("NAME", "MEMBERS"), rows, missing)


@app.command()
@with_registry
def remove(registry: Registry, group: Group, account: Account, *, as_json: Json = False) -> None:
    """Remove an account from a group, which goes with its last member.

    Example: `longshore group remove developers alice`
    """
    removed = registry.ask("DELETE", path("groups", group, "members", account))
    tell(removed, f"{account} is not in {group} any more.", as_json=as_json)
