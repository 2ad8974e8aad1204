"""`longshore push`: an image from a layout into a registry."""

from typing import Annotated

import typer

from longshore.cli.places import image, parsed
from longshore.cli.transfers import Outcome, Transfer, with_transfer


@with_transfer
def push(
    transfer: Transfer,
    source: Annotated[str, typer.Argument(metavar="PATH")],
    target: Annotated[str, typer.Argument(metavar="IMAGE")],
) -> Outcome:
    """Push an image out of an OCI layout, or an archive of `docker save`.

    Example: `longshore push build/image.tar localhost:5000/mysample:1.0`

    `PATH:TAG` chooses one image of several. What is in the registry already does not go again.
    """
    from longshore.client import places

    shipment = transfer.shipment(parsed(places.parse_path, source), image(target))
    difference = shipment.compare()
    return Outcome(shipment.target, difference, shipment.send(difference))
