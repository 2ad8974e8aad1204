"""`longshore freeze`: let nothing be deployed."""

from typing import Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_done
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
    as_json: Json = False,
) -> None:
    """Let nothing be deployed to an environment, but what it goes back to.

    Example: `longshore freeze production --reason "incident 7"`
    """
    given = {"reason": reason, "until": moment(until, "--until").isoformat() if until else None}
    ask(registry, environment, "freeze", given)
    end = until or f"`longshore unfreeze {environment}`"
    told = f"{environment} does not change until {end}."
    print_done({"environment": environment, **given}, told, as_json=as_json)
