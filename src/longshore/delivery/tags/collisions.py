"""Collisions: two branches whose names make the same tag.

Decides that the tag of a branch stays that branch's: an image which says that it comes from another
one does not take its place unseen. Who says nothing of where it comes from is not asked.
"""

from __future__ import annotations

from longshore.delivery.errors import Refused
from longshore.delivery.ports import Transaction
from longshore.delivery.tags import branches
from longshore.delivery.tags.policy import Policy
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.history import Origin


def require(
    tx: Transaction, policy: Policy, repository: RepositoryName, tag: Tag, origin: Origin
) -> None:
    """Raises Refused if the tag is another branch's, which the map gives it by a slug."""
    if policy.collisions == "allow" or not origin.branch:
        return
    last = tx.history.last(repository, tag)
    owner = last.origin.branch if last and last.digest else ""
    if owner in {"", origin.branch} or not branches.makes(policy, owner, tag):
        return
    found = branches.tag_of(policy, origin.branch, {tag: owner})
    advice = f": push it as {found.tag}" if found and found.tag != tag else ""
    raise Refused(f"{tag} is of branch {owner}, and this image is of {origin.branch}{advice}")
