"""`longshore key`: the keys that sign tokens, by their ids. Nobody is shown a key."""

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_json, print_table, when

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="The keys that sign tokens.",
)


@app.command()
@with_registry
def rotate(registry: Registry, *, as_json: Json = False) -> None:
    """Sign with a new key from now on. Nobody is logged out.

    Example: `longshore key rotate`

    What the former key signed is good for as long as a token is; after that it is forgotten.
    """
    made = registry.ask("POST", "/keys", {})
    if as_json:
        print_json(made)
    else:
        typer.echo(f"{made['id']} signs from now on.")


@app.command("list")
@with_registry
def show_all(registry: Registry, *, as_json: Json = False) -> None:
    """List keys: the one that signs, and those that are good for a while yet.

    Example: `longshore key list`
    """
    keys = registry.ask("GET", "/keys")["keys"]
    if as_json:
        print_json(keys)
        return
    rows = [(one["id"], when(one["created_at"]), when(one["retired_at"], "signs")) for one in keys]
    print_table(("ID", "CREATED", "GOOD UNTIL"), rows)
