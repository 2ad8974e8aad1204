"""`longshore copy`: an image from anywhere to anywhere, with its digest unchanged."""

from typing import Annotated

import typer

from longshore.cli.places import PlatformOption, place, platform_of
from longshore.cli.transfers import Outcome, Transfer, with_transfer

Alone = Annotated[
    bool, typer.Option("--no-referrers", help="Leave out signatures and whatever is attached.")
]


@with_transfer
def copy(
    transfer: Transfer,
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    target: Annotated[str, typer.Argument(metavar="TARGET")],
    *,
    platform: PlatformOption = None,
    no_referrers: Alone = False,
) -> Outcome:
    """Copy an image between registries and layouts, byte by byte.

    Example: `longshore copy localhost:5001/mysample:1.0 localhost:5000/mysample`

    All platforms go, with signatures and other referrers, and the tag last. A place is an
    image's name, or the path of an OCI layout (a folder, or an archive that ends in `.tar`), which
    begins with `/`, `./` or `../`. Archives of `docker save` are sources, too. A target without a
    tag gets the source's.
    """
    from longshore.client.shipping import Options

    options = Options(platform_of(platform), attached=not no_referrers)
    shipment = transfer.shipment(place(source), place(target), options)
    difference = shipment.compare()
    return Outcome(shipment.target, difference, shipment.send(difference))
