"""`longshore quota`: how much repositories may hold, and how many there may be."""

from typing import Annotated

import typer

from longshore.cli.grant import Pattern
from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_done, print_json, print_table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="How much repositories may hold.",
)


@app.command("set")
@with_registry
def put(
    registry: Registry,
    pattern: Pattern,
    *,
    size: Annotated[
        str, typer.Option("--bytes", help="In all, such as 50GiB.", show_default=False)
    ] = "",
    repositories: Annotated[
        int | None, typer.Option(help="How many there may be.", min=0, show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Bound what the repositories of a pattern hold, in place of the bound there was.

    Example: `longshore quota set 'team/**' --bytes 50GiB --repositories 20`

    What is there already stays, and pushes of it are never refused.
    """
    body = {"bytes": _bytes(size), "repositories": repositories}
    quota = registry.ask("PUT", "/quotas", body, pattern=pattern)
    if as_json:
        print_json(quota)
    else:
        typer.echo(f"{pattern} may hold {_limits(quota)}.")


def _bytes(text: str) -> int | None:
    """Raises typer.BadParameter."""
    from longshore.server.values import BYTES

    if not text:
        return None
    try:
        return BYTES.parse(text)
    except ValueError as problem:
        raise typer.BadParameter(f"--bytes: {problem}, not {text!r}") from None


def _limits(quota: dict[str, int | None]) -> str:
    from longshore.server.values import BYTES

    size, repositories = quota["bytes"], quota["repositories"]
    parts = [] if size is None else [BYTES.render(size) or "0"]
    parts += [] if repositories is None else [f"{repositories} repositories"]
    return " in ".join(parts)


@app.command("list")
@with_registry
def show_all(registry: Registry, *, as_json: Json = False) -> None:
    """List quotas, and what is used of each.

    Example: `longshore quota list`
    """
    quotas = registry.all("/quotas", "quotas")
    if as_json:
        print_json(quotas)
        return
    rows = [
        (
            one["pattern"],
            *(
                f"{one['used'][name]} of {'-' if one[name] is None else one[name]}"
                for name in ("bytes", "repositories")
            ),
        )
        for one in quotas
    ]
    missing = "There are no quotas yet: `longshore quota set 'team/**' --bytes 50GiB`."
    print_table(("PATTERN", "BYTES", "REPOSITORIES"), rows, missing)


@app.command()
@with_registry
def remove(registry: Registry, pattern: Pattern, *, as_json: Json = False) -> None:
    """Remove a quota.

    Example: `longshore quota remove 'team/**'`
    """
    registry.ask("DELETE", "/quotas", pattern=pattern)
    print_done({"pattern": pattern}, f"{pattern} has no quota any more.", as_json=as_json)
