"""`longshore approve`: be in favour of an image that waits."""

from typing import Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.wishes import Environment, Reason, ask, image_only, print_image


@with_registry
def approve(
    registry: Registry,
    environment: Environment,
    image: Annotated[
        str,
        typer.Argument(help="Image, as app:1.0.5; without a tag, what waits.", show_default=False),
    ] = "",
    *,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Be in favour of an image that waits to be deployed, or is going to.

    Example: `longshore approve production mysample:1.0.6`

    Who asked for an image does not approve it. Exit code 3: nothing awaits it, or one may not.
    """
    found = ask(registry, environment, "approve", image_only(image, reason))
    print_image(environment, found, as_json=as_json)
