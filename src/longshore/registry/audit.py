"""The audit log: who did what to what, from where, by which request, and with what outcome.

Decides what a line holds. It is written in the transaction of the act itself, so that there is no
act without its line and no line without its act; a refusal has a transaction of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from longshore.oci.errors import StorageFull
from longshore.registry.directory import EVERY_LINE, Entry, Wanted
from longshore.registry.ports import Metadata, Transaction

P = ParamSpec("P")

EXPIRE_AT_ONCE = 500


def record(tx: Transaction, action: str, target: str, /, **detail: Any) -> None:
    """Note what this transaction does."""
    tx.audit.add(Entry(0, tx.now, tx.actor, action, target, "done", detail))


def refuse(tx: Transaction, action: str, target: str, reason: str) -> None:
    """Note what was asked for and not done."""
    tx.audit.add(Entry(0, tx.now, tx.actor, action, target, "refused", {"reason": reason}))


async def if_room(
    metadata: Metadata[Transaction],
    rule: Callable[Concatenate[Transaction, P], None],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Write what is only a line, if a full disk has room for it.

    Logins and refusals are answered either way: who pulls shall not depend on the log.
    """
    with contextlib.suppress(StorageFull):
        await metadata.write(rule, *args, **kwargs)


def page(tx: Transaction, last: int, limit: int, wanted: Wanted = EVERY_LINE) -> list[Entry]:
    """Lines after that id, the oldest first."""
    return tx.audit.page(last, limit, wanted)


def latest(
    tx: Transaction, before: int | None, limit: int, wanted: Wanted = EVERY_LINE
) -> list[Entry]:
    """The latest lines, or the latest before that id, the oldest first."""
    return tx.audit.latest(limit, wanted, before)


def expire(tx: Transaction, before: int) -> int:
    """Forget some of what is older; answers how much that was."""
    return tx.audit.remove(before, EXPIRE_AT_ONCE)
