"""`longshore push`: an image into a registry, under all the names that its checkout gives it."""

from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.checkouts import Given, with_checkout
from longshore.cli.places import home, image, layout_path
from longshore.cli.transfers import Outcome, Told, Transfer, with_transfer

if TYPE_CHECKING:
    from longshore.client.places import LayoutPath
    from longshore.oci.image import ImageReference

Source = Annotated[
    str | None,
    typer.Argument(
        metavar="SOURCE",
        help="An image of Docker Engine, or the path of an OCI layout or archive.",
        show_default=False,
    ),
]
Image = Annotated[
    str | None,
    typer.Argument(
        metavar="IMAGE",
        help="Where to push to, instead of what longshore.yaml says.",
        show_default=False,
    ),
]
ByEngine = Annotated[
    bool,
    typer.Option("--by-engine", help="Let Docker Engine push by itself, under the first name."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be pushed and named, and push nothing.")
]


@with_transfer
@with_checkout
def push(
    given: Given,
    transfer: Transfer,
    source: Source = None,
    target: Image = None,
    *,
    by_engine: ByEngine = False,
    dry_run: DryRun = False,
) -> Told:
    """Push an image of this checkout, under the names that `longshore tags` says.

    Example: `longshore push`

    The image is that of Docker Engine which longshore.yaml names, or SOURCE: another one, an OCI
    layout (a folder, or an archive), or an archive of `docker save`; `PATH:TAG` chooses one of
    several. With IMAGE, it goes there, whatever the checkout:
    `longshore push build/image.tar localhost:5000/mysample:1.0`

    What is in the registry already does not go again. Exit code 3: rules refuse it.
    """
    if source is not None and target is not None:
        return _to(transfer, source, target, dry_run=dry_run)
    from longshore.cli.deliveries import Delivery

    delivery = Delivery.of(transfer, given, by_engine=by_engine, dry_run=dry_run)
    return delivery.deliver(source)


def _to(transfer: Transfer, source: str, target: str, *, dry_run: bool) -> Outcome:
    """Push to a place that somebody names."""
    layout, to = layout_path(source), home(target)
    if layout is not None:
        return _send(transfer, layout, to, dry_run=dry_run)
    from longshore.cli import engines
    from longshore.client.places import LayoutPath

    with engines.opened() as images:
        local = engines.EngineImage(images, images.find(source))
        with local.packed(transfer.watch) as file:
            tag = to.tag or image(source).tag
            return _send(transfer, LayoutPath(file), to._replace(tag=tag), dry_run=dry_run)


def _send(
    transfer: Transfer, layout: "LayoutPath", to: "ImageReference", *, dry_run: bool
) -> Outcome:
    shipment = transfer.shipment(layout, to)
    difference = shipment.compare()
    return Outcome(shipment.target, difference, None if dry_run else shipment.send(difference))
