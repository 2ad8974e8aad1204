"""`longshore env join-code`, `hosts` and `remove-host`: the machines that run an environment."""

from typing import Annotated, Any

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_done, print_json, print_table, when
from longshore.cli.wishes import Environment


@with_registry
def join_code(
    registry: Registry,
    name: Environment,
    *,
    lasts: Annotated[str, typer.Option(metavar="TIME", help="For how long it is good.")] = "15m",
    as_json: Json = False,
) -> None:
    """Make a code by which one host joins an environment, and print it, this once.

    Example: `longshore env join-code staging`

    On that host: `longshore agent staging --server URL --join CODE`
    """
    from longshore.client.management import place
    from longshore.server.values import SECONDS

    try:
        seconds = SECONDS.parse(lasts)
    except ValueError:
        raise typer.BadParameter(f"{lasts}: write a time, such as 15m or 24h") from None
    made = registry.ask("POST", f"/environments{place(name)}/join-codes", {"seconds": seconds})
    if as_json:
        print_json(made)
        return
    typer.echo(made["code"])
    typer.echo(f"It lets one host join {name}, until {when(made['expires_at'])}.", err=True)


@with_registry
def hosts(registry: Registry, name: Environment, *, as_json: Json = False) -> None:
    """List the hosts of an environment, and when each was last heard of.

    Example: `longshore env hosts staging`
    """
    from longshore.client.management import place

    found = registry.ask("GET", f"/environments{place(name)}/hosts")["hosts"]
    if as_json:
        print_json(found)
        return
    rows = [(one["host"], _state(one), when(one["seen_at"]), one["account"]) for one in found]
    missing = f"There are no hosts yet: `longshore env join-code {name}` lets one join."
    print_table(("HOST", "STATE", "LAST HEARD OF", "ACCOUNT"), rows, missing)


def _state(host: Any) -> str:
    if host["is_lost"]:
        return "lost"
    return "joined" if host["seen_at"] is None else "alive"


@with_registry
def remove_host(
    registry: Registry,
    name: Environment,
    host: Annotated[str, typer.Argument(show_default=False)],
    *,
    as_json: Json = False,
) -> None:
    """Forget a host that is gone, and let nobody in any more who joined as it.

    Example: `longshore env remove-host staging web-1`
    """
    from longshore.client.management import place

    registry.ask("DELETE", f"/environments{place(name)}/hosts{place(host)}")
    told = f"{name} has no host {host} any more."
    print_done({"environment": name, "host": host}, told, as_json=as_json)
