"""Elsewhere: a release to a registry that has no rules. What is to be set, and what is refused.

Decides by what its tags name now. What they are called was decided before (`delivery.tags.naming`),
by the same tags. Asking again after half of it was done does the other half.
"""

from __future__ import annotations

from collections.abc import Mapping

from longshore.delivery.errors import Refused
from longshore.delivery.tags.aliases import THERE, Decision
from longshore.delivery.tags.naming import Naming
from longshore.delivery.tags.policy import Policy


def decide(policy: Policy, naming: Naming, there: Mapping[str, str], digest: str) -> list[Decision]:
    """What becomes of each tag when the image has this digest; raises Refused.

    `there` has the digests of those of the names that are set already.
    """
    for tag in naming.versions:
        if policy.immutable and there.get(tag, digest) != digest:
            raise Refused(
                f"{tag} exists with other content ({there[tag]}), and a version never changes:"
                " release this under a number of its own"
            )
    decided = [
        Decision(name.tag, moves=False, reason=THERE)
        if there.get(name.tag) == digest
        else Decision(name.tag, moves=True, reason=name.reason)
        for name in naming.names
    ]
    return [*decided, *naming.withheld]
