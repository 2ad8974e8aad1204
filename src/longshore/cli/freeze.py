"""`longshore freeze`: let nothing be deployed."""

from typing import Annotated

import typer

from longshore.cli.registries import Registry, with_registry
from longshore.cli.times import moment
from longshore.cli.wishes import Environment, Reason, ask


@with_registry
def freeze(
    registry: Registry,
    environment: Environment,
    *,
    until: Annotated[
        str, typer.Option(help="A time, as 2026-12-27T08:00+01:00.", show_default=False)
    ] = "",
    reason: Reason = "",
) -> None:
    """Let nothing be deployed to an environment, but what it goes back to.

    Example: `longshore freeze production --reason "incident 7"`
    """
    frozen_until = moment(until, "--until").isoformat() if until else None
    ask(registry, environment, "freeze", {"reason": reason, "until": frozen_until})
    end = until or f"`longshore unfreeze {environment}`"
    typer.echo(f"{environment} does not change until {end}.")
