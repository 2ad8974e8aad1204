"""`longshore deploy`: let an environment run an image."""

from typing import Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.wishes import Environment, Reason, ask, body, print_image

Image = Annotated[
    str,
    typer.Argument(
        help="Image, as app:1.0.5; the tag alone if there is one image.", show_default=False
    ),
]


@with_registry
def deploy(
    registry: Registry,
    environment: Environment,
    image: Image,
    *,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Let an environment run an image, or ask for the approvals that this takes.

    Example: `longshore deploy production mysample:1.0.6 --reason "ticket 17"`

    What following would undo is held until `longshore resume`. Exit code 3: the rules forbid it.
    """
    found = ask(registry, environment, "deploy", body(image, reason))
    print_image(environment, found, as_json=as_json)
