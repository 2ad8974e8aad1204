"""`longshore rollback`: let an environment go back."""

from typing import Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.wishes import Environment, Reason, ask, image_only, print_image


@with_registry
def rollback(
    registry: Registry,
    environment: Environment,
    image: Annotated[
        str, typer.Argument(help="Which image, if there are several.", show_default=False)
    ] = "",
    *,
    to: Annotated[
        str, typer.Option(help="A tag or digest that it ran before.", show_default=False)
    ] = "",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Let an environment go back to what it ran before, and stay there.

    Example: `longshore rollback production --reason "it is slow"`

    Without --to, that is the last image before that was healthy. No freeze and no window keeps
    it. What its tag names is followed again after `longshore resume`.
    """
    given = image_only(image, reason)
    if to:
        given["reference"] = to
    print_image(environment, ask(registry, environment, "rollback", given), as_json=as_json)
