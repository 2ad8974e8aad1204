"""Moves of tags: who learns of them, in the transaction that makes them.

Decides that subscribers are told and environments look, whichever rule moves a tag and however
many follow it: what has moved is read back from the history. Every rule of these that may move
one does so within `watched`, so nobody who calls a rule has to remember it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from longshore.delivery.environments import following
from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Event, Kind
from longshore.delivery.ports import Transaction
from longshore.oci.names import RepositoryName
from longshore.registry.history import Move

AT_ONCE = 8  # moves that are read: a version with its aliases, and few of before


@contextmanager
def watched(tx: Transaction, repository: RepositoryName) -> Iterator[None]:
    """Let it be known at the end which tags of the repository have moved meanwhile."""
    if not tx.subscriptions.all() and not tx.environments.running(repository):
        yield  # most registries: their pushes shall pay for no look back
        return
    last = max((move.id for move in tx.history.page(repository, None, None, 1)), default=0)
    yield
    moves = list(_since(tx, repository, last))[::-1]
    for move in moves:
        subscriptions.emit(tx, _event(move))
    if moves:
        following.tag_moved(tx, repository, {move.tag for move in moves})


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
