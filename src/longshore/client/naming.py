"""Names by the registry: what an image of a checkout is called where it is going.

Decides nothing of its own: the versions that are there say which aliases move, and the labels of
what has a branch's tag say whether it is that branch's.
"""

from __future__ import annotations

from longshore.client import origins, tags
from longshore.client.remote import Remote
from longshore.client.transport import Repository
from longshore.delivery.tags import naming
from longshore.delivery.tags.checkout import Checkout
from longshore.delivery.tags.naming import Known, Naming
from longshore.delivery.tags.policy import Policy
from longshore.oci.names import Tag


def names(
    repository: Repository,
    policy: Policy,
    checkout: Checkout,
    *,
    variant: str = "",
    allows_changes: bool = False,
) -> Naming:
    """Raises what `delivery.tags.naming.names` raises."""
    there = tags.known(repository)

    def by(sources: dict[str, str]) -> Naming:
        known = Known(there, sources)
        return naming.names(policy, checkout, known, variant=variant, allows_changes=allows_changes)

    sources: dict[str, str] = {}
    found = by(sources)
    # A tag that another branch has makes way for one with a hash, which is looked at as well.
    while unknown := [tag for tag in found.branches if tag in there and tag not in sources]:
        sources |= {tag: _source(repository, tag) or str(checkout.branch) for tag in unknown}
        found = by(sources)
    return found


def _source(repository: Repository, tag: Tag) -> str:
    """The branch that the image under a tag says it is of; empty if it says nothing."""
    return origins.look(Remote(repository), tag).origin.branch
