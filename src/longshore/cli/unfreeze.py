"""`longshore unfreeze`: let images be deployed again."""

import typer

from longshore.cli.registries import Registry, with_registry
from longshore.cli.wishes import Environment, Reason, ask


@with_registry
def unfreeze(registry: Registry, environment: Environment, *, reason: Reason = "") -> None:
    """Let images be deployed to an environment again; what waited for it is, at once.

    Example: `longshore unfreeze production`
    """
    ask(registry, environment, "unfreeze", {"reason": reason})
    typer.echo(f"{environment} changes again.")
