"""Moves of tags: who is told of them, in the transaction that makes them.

Decides that whatever moves a tag is seen here, by whichever rule: it is in the history. Knows no
rule by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Concatenate, ParamSpec, TypeVar

from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Event, Kind
from longshore.delivery.ports import Transaction
from longshore.oci.names import RepositoryName
from longshore.registry.history import Move

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 8  # moves that are read: a version with its aliases, and few of before


def watch(
    tx: Transaction,
    rule: Callable[Concatenate[Transaction, RepositoryName, P], T],
    repository: RepositoryName,
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run a rule that may move tags of the repository, and tell of each that it has moved."""
    if not tx.subscriptions.all():  # most registries: their pushes shall pay for no look back
        return rule(tx, repository, *args, **kwargs)
    last = max((move.id for move in tx.history.page(repository, None, None, 1)), default=0)
    result = rule(tx, repository, *args, **kwargs)
    for move in reversed(list(_since(tx, repository, last))):
        subscriptions.emit(tx, _event(move))
    return result


def _since(tx: Transaction, repository: RepositoryName, last: int) -> Iterator[Move]:
    """Moves after that id, the newest first."""
    before, is_more = None, True
    while is_more:
        found = tx.history.page(repository, None, before, AT_ONCE)
        newer = [move for move in found if move.id > last]
        yield from newer
        is_more = len(newer) == AT_ONCE
        before = found[-1].id if found else None


def _event(move: Move) -> Event:
    return Event(
        Kind.TAG_DELETED if move.digest is None else Kind.TAG_MOVED,
        repository=move.repository,
        tag=move.tag,
        digest=move.digest or "",
        former=move.former or "",
        revision=move.origin.revision,
    )
