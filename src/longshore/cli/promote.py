"""`longshore promote`: a version to where others look, with all that belongs to it."""

from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.checkouts import read_project
from longshore.cli.places import home, image, place
from longshore.cli.transfers import Outcome, Transfer, with_transfer

if TYPE_CHECKING:
    from longshore.oci.image import ImageReference

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would go and how much, and write nothing.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace a version that is another image there.")
]
ProjectFile = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Project file; longshore.yaml here or above if missing."),
]


@with_transfer
def promote(
    transfer: Transfer,
    source: Annotated[str, typer.Argument(metavar="IMAGE")],
    target: Annotated[str | None, typer.Argument(metavar="TARGET", show_default=False)] = None,
    *,
    project: ProjectFile = None,
    dry_run: DryRun = False,
    force: Force = False,
) -> Outcome:
    """Copy a version to where others look, with signatures and all platforms.

    Example: `longshore promote localhost:5000/mysample:1.0.5 docker.io/acme/mysample`

    A target without a tag gets the image's. Where that is a whole version, such as 1.0.5, and the
    target has it with another digest, nothing is written, and the exit code is 3. An image without
    a host is of the registry that LONGSHORE_SERVER names, else of this machine's; a target without
    one is of Docker Hub.

    `longshore promote 1.0.5` promotes a version of this checkout's image to where longshore.yaml
    says that it is public.
    """
    from longshore.client.shipping import Options

    start, end = (home(source), place(target)) if target else _published(source, project)
    shipment = transfer.shipment(start, end, Options(force=force))
    difference = shipment.compare()
    expected = shipment.check(difference)
    copied = None if dry_run else shipment.send(difference, expected)
    return Outcome(shipment.target, difference, copied)


def _published(version: str, project: str | None) -> "tuple[ImageReference, ImageReference]":
    """A version in the team's registry, and where the project file publishes it."""
    found = read_project(project)
    publication = found.to_publication()
    tag = publication.tag_of(found.to_policy(), version)
    return home(found.image)._replace(tag=tag), image(publication.to)._replace(tag=tag)
