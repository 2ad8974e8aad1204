"""`longshore freeze`: let nothing be deployed."""

from typing import Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_done
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
    given = {"reason": reason, "until": _time(until)}
    ask(registry, environment, "freeze", given)
    end = until or f"`longshore unfreeze {environment}`"
    told = f"{environment} does not change until {end}."
    print_done({"environment": environment, **given}, told, as_json=as_json)


def _time(text: str) -> str | None:
    """With a time zone, that of this machine if none is given; raises typer.BadParameter."""
    from datetime import datetime

    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"--until: write a time such as 2026-12-27T08:00+01:00, not {text!r}"
        ) from None
    return (moment if moment.tzinfo else moment.astimezone()).isoformat()
