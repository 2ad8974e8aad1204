"""Listing environments: those in which somebody has a part, page by page.

Decides what a page is; it may be short, and not the last.
"""

from __future__ import annotations

from longshore.delivery.environments import permissions
from longshore.delivery.environments.desired import Status, status
from longshore.delivery.ports import Transaction
from longshore.registry.access import Caller


def page(tx: Transaction, caller: Caller, last: str, limit: int) -> tuple[list[Status], str | None]:
    """Environments after that name, and the name after which to go on, if at all."""
    found = tx.environments.page(last, limit + 1)
    seen = [
        status(tx, state.declared.name)
        for state in found[:limit]
        if permissions.parts_of(tx, caller, state.declared)
    ]
    return seen, found[limit - 1].declared.name if len(found) > limit else None
