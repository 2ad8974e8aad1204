"""`longshore release`: a version, and the aliases that follow it, for the image of this commit."""

from longshore.cli.checkouts import Given, with_checkout
from longshore.cli.push import ByEngine, DryRun, Source
from longshore.cli.transfers import Told, Transfer, with_transfer


@with_transfer
@with_checkout
def release(
    given: Given,
    transfer: Transfer,
    source: Source = None,
    *,
    by_engine: ByEngine = False,
    dry_run: DryRun = False,
) -> Told:
    """Release the version that is tagged at this commit: 1.0.5, with 1.0, 1 and latest.

    Example: `longshore release`, after `git tag v1.0.5`

    An image of this commit that is in the registry already, under the tag of a branch, is not
    uploaded again: it gets its names. Otherwise it is taken from Docker Engine, or from SOURCE, as
    `longshore push` does. Which aliases move is decided by the versions in the registry, in one
    transaction where that is a Longshore.

    Exit code 3: rules refuse it, such as a version that exists with other content.
    """
    from longshore.cli.deliveries import Delivery

    delivery = Delivery.of(transfer, given, by_engine=by_engine, dry_run=dry_run)
    released = delivery.only_versions()
    built = delivery.built() if source is None else None
    return released.finish(built) if built else released.deliver(source)
