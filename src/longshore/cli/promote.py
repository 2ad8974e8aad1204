"""`longshore promote`: a version to where others look, with all that belongs to it."""

from typing import Annotated

import typer

from longshore.cli.places import image, place
from longshore.cli.transfers import Outcome, Transfer, with_transfer

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would go and how much, and write nothing.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace a version that is another image there.")
]


@with_transfer
def promote(
    transfer: Transfer,
    source: Annotated[str, typer.Argument(metavar="IMAGE")],
    target: Annotated[str, typer.Argument(metavar="TARGET")],
    *,
    dry_run: DryRun = False,
    force: Force = False,
) -> Outcome:
    """Copy a version to where others look, with signatures and all platforms.

    Example: `longshore promote localhost:5000/mysample:1.0.5 docker.io/acme/mysample`

    A target without a tag gets the image's. Where that is a whole version, such as 1.0.5, and the
    target has it with another digest, nothing is written, and the exit code is 3.
    """
    from longshore.client.shipping import Options

    shipment = transfer.shipment(image(source), place(target), Options(force=force))
    difference = shipment.compare()
    expected = shipment.check(difference)
    copied = None if dry_run else shipment.send(difference, expected)
    return Outcome(shipment.target, difference, copied)
