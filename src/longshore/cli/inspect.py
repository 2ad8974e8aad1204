"""`longshore inspect`: what an image is, without pulling it."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longshore.cli.output import Json
from longshore.cli.places import looking, place_at_home, size, with_session

if TYPE_CHECKING:
    from longshore.client.images import Image, Overview
    from longshore.client.session import Session

Raw = Annotated[bool, typer.Option("--raw", help="Print the manifest, byte by byte.")]


@with_session
def inspect(
    session: "Session",
    name: Annotated[str, typer.Argument(metavar="IMAGE")],
    *,
    raw: Raw = False,
    as_json: Json = False,
) -> None:
    """Show what an image is: platforms, layers, configuration, what is attached.

    Example: `longshore inspect localhost:5000/mysample:1.0`

    A name without a host is of the registry that LONGSHORE_SERVER names, else of this machine's.
    """
    from longshore.client import images

    found = place_at_home(name)
    source = session.source(found)
    with looking(found):
        if raw:
            typer.echo(source.resolve(found.reference).content, nl=False)
            return
        overview = images.look(source, found.reference, session.pool)
    if as_json:
        typer.echo(json.dumps(_as_dict(overview), indent=2))
    else:
        _print(str(found), overview)


def _as_dict(overview: "Overview") -> dict[str, Any]:
    return {
        "digest": overview.digest,
        "mediaType": overview.media_type,
        "artifactType": overview.artifact_type,
        "annotations": overview.annotations,
        "images": [_image(image) for image in overview.images],
        "referrers": [
            {"digest": each.digest, "artifactType": each.artifact_type}
            for each in overview.attached
        ],
    }


def _image(image: "Image") -> dict[str, Any]:
    return {
        "digest": image.digest,
        "platform": str(image.platform) if image.platform else None,
        "created": image.created or None,
        "size": image.size,
        "layers": [layer._asdict() for layer in image.layers],
        "config": image.config,
    }


def _print(name: str, overview: "Overview") -> None:
    typer.echo(f"Name        {name}")
    typer.echo(f"Digest      {overview.digest}")
    typer.echo(f"Media type  {overview.media_type}")
    for key, value in sorted(overview.annotations.items()):
        typer.echo(f"Annotation  {key}={value}")
    for image in overview.images:
        _print_image(image)
    if overview.attached:
        typer.echo("")
    for each in overview.attached:
        typer.echo(f"Referrer    {each.digest[:19]}  {each.artifact_type or 'of no type'}")


def _print_image(image: "Image") -> None:
    typer.echo(f"\nPlatform    {image.platform or 'unknown'}")
    typer.echo(f"  Digest    {image.digest}")
    if image.created:
        typer.echo(f"  Created   {image.created}")
    for key in ("User", "WorkingDir", "Entrypoint", "Cmd"):
        if image.config.get(key):
            typer.echo(f"  {key:12}{_words(image.config[key])}")
    for key, value in sorted((image.config.get("Labels") or {}).items()):
        typer.echo(f"  Label     {key}={value}")
    typer.echo(f"  Layers    {len(image.layers)}, {size(image.size)}")
    for layer in image.layers:
        typer.echo(f"    {layer.digest[:19]}  {size(layer.size)}")


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
