"""The audit log: who did what to what, from where, by which request, and with what outcome.

Decides what a line holds. It is written in the transaction of the act itself, so that there is no
act without its line and no line without its act; a refusal has a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.registry.directory import Entry
from longshore.registry.ports import Transaction

EXPIRE_AT_ONCE = 500


def record(tx: Transaction, action: str, target: str, /, **detail: Any) -> None:
    """Note what this transaction does."""
    tx.audit.add(Entry(0, tx.now, tx.actor, action, target, "done", detail))


def refuse(tx: Transaction, action: str, target: str, reason: str) -> None:
    """Note what was asked for and not done."""
    tx.audit.add(Entry(0, tx.now, tx.actor, action, target, "refused", {"reason": reason}))


def page(tx: Transaction, last: int | None, limit: int, wanted: Mapping[str, str]) -> list[Entry]:
    """Lines after that id, the oldest first; without one, the latest."""
    if last is None:
        return tx.audit.latest(limit, wanted)
    return tx.audit.page(last, limit, wanted)


def expire(tx: Transaction, before: int) -> int:
    """Forget some of what is older; answers how much that was."""
    return tx.audit.remove(before, EXPIRE_AT_ONCE)
