"""What commands that change an environment by hand have in common.

It decides how an image of an environment is named: `app:1.0.5`, `app@sha256:…`, or by its tag
alone where the environment has one image only.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from longshore.cli.registries import Registry
from longshore.cli.tables import print_json

Environment = Annotated[str, typer.Argument(help="Name of the environment.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why, for the history.", show_default=False)]

SHOWN = 12  # characters of a digest's hex


def body(image: str, reason: str) -> dict[str, str]:
    """The image as it was typed, taken apart."""
    name, at, digest = image.partition("@")
    if at:
        return {"image": name, "reference": digest, "reason": reason}
    name, _, tag = image.rpartition(":")
    if name == "sha256":
        return {"image": "", "reference": image, "reason": reason}
    return {"image": name, "reference": tag, "reason": reason}


def image_only(image: str, reason: str) -> dict[str, str]:
    """The same, where a name alone is an image and not its tag."""
    if ":" in image or "@" in image:
        return body(image, reason)
    return {"image": image, "reference": "", "reason": reason}


def ask(registry: Registry, environment: str, verb: str, given: Any) -> Any:
    """What follows from the wish."""
    from longshore.client.management import place

    return registry.ask("POST", f"/environments{place(environment)}/{verb}", given)


def print_image(environment: str, image: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(image)
        return
    current, waiting = image["deployment"], image["waiting"]
    if current is not None:
        typer.echo(f"{environment} is to run {named(image['repository'], current)}.")
    if image["hold"] is not None:
        typer.echo(f"It stays there until `longshore resume {environment}`.")
    if waiting is not None:
        typer.echo(f"{named(image['repository'], waiting)} waits: {waiting['text']}.")


def named(repository: str, found: Any) -> str:
    """An image as people call it, with enough of its digest to tell it from another."""
    short = found["digest"].partition(":")[2][:SHOWN]
    is_tag = found["name"] != found["digest"]
    return f"{repository}:{found['name']} ({short})" if is_tag else f"{repository}@{short}"
