"""`longshore resume`: let an environment follow again."""

from typing import Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_json
from longshore.cli.wishes import Environment, Reason, ask, print_image


@with_registry
def resume(
    registry: Registry,
    environment: Environment,
    image: Annotated[
        str, typer.Argument(help="Which image; all, if it is left out.", show_default=False)
    ] = "",
    *,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """End holds, so that an environment follows again, and withdraw what was asked for.

    Example: `longshore resume production`
    """
    given = {"image": image, "reason": reason}
    found = ask(registry, environment, "resume", given)["images"]
    if as_json:
        print_json(found)
        return
    for each in found:
        print_image(environment, each, as_json=False)
