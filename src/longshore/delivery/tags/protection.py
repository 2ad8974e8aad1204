"""Protection: who may move or delete which tags.

Decides by the policy, and by whom the transaction is for, with that account's groups. Who may push
at all was decided before.
"""

from __future__ import annotations

from longshore.delivery.errors import Refused
from longshore.delivery.ports import Transaction
from longshore.delivery.tags.policy import Policy
from longshore.registry import access


def objection(tx: Transaction, policy: Policy, tag: str) -> str | None:
    """Why the actor may not move or delete the tag; None if it may."""
    demands = policy.movers(tag)
    if not demands:
        return None
    subjects = set(access.subjects(tx, tx.actor.name))
    for movers in demands:
        if not subjects & movers:
            names = " and ".join(sorted(movers)) or "nobody"
            return f"{tag} is protected: only {names} may move or delete it"
    return None


def require(tx: Transaction, policy: Policy, tag: str) -> None:
    """Raises Refused."""
    reason = objection(tx, policy, tag)
    if reason:
        raise Refused(f"{reason}; ask one of them, or whoever administers the policy")
