"""`longshore pin`: let an environment stay with an image."""

from typing import Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.wishes import Environment, Reason, ask, image_only, print_image


@with_registry
def pin(
    registry: Registry,
    environment: Environment,
    image: Annotated[
        str,
        typer.Argument(help="Image, as app:1.0.5; without a tag, what runs.", show_default=False),
    ] = "",
    *,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Let an environment stay with what it runs, or with another image.

    Example: `longshore pin production mysample:1.0.5 --reason "fair in Hanover"`

    It follows nothing until `longshore resume`. Exit code 3: the rules forbid the other image.
    """
    found = ask(registry, environment, "pin", image_only(image, reason))
    print_image(environment, found, as_json=as_json)
