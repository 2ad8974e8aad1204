"""Garbage: what nothing reaches any more goes, a little at a time, while pushes go on.

Decides what may be removed: content that no tag, index or subject reaches and whose grace has
passed, looked at again in the very transaction that removes it. Rows go first; bytes follow
when no row points at them. There is no lock but the transaction, and no walk over everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from longshore.registry.blobs import READERS_GRACE
from longshore.registry.ports import Metadata, Transaction
from longshore.registry.records import Candidate, Discarded
from longshore.registry.stores import BlobStore

# A transaction of the collector is short, some 0.5 ms: a push that arrives meanwhile waits for it,
# and a pull may wait for the processor.
BATCH = 5
HASTENED_AT_ONCE = 100


class Collected(NamedTuple):
    """What a step of the collector did: rows removed, bytes set free by that, files unlinked."""

    looked_at: int = 0
    manifests: int = 0
    blobs: int = 0
    bytes: int = 0
    files: int = 0

    def __add__(self, other: tuple[int, ...]) -> Collected:  # type: ignore[override]
        return Collected(*(mine + yours for mine, yours in zip(self, other, strict=True)))


def collect(tx: Transaction, limit: int = BATCH) -> Collected:
    """Look at the next candidates and remove those that nothing reaches."""
    done = Collected(looked_at=_empty_trash(tx, limit))
    for candidate in tx.garbage.due(limit):
        done += _judge(tx, candidate)
    if done.manifests or done.blobs:
        tx.statistics.add(
            {
                "collected_manifests": done.manifests,
                "collected_blobs": done.blobs,
                "collected_bytes": done.bytes,
            }
        )
    return done


def _empty_trash(tx: Transaction, limit: int) -> int:
    """Forget deleted manifests whose undelete window has passed; answers how many."""
    due = tx.trash.due(limit)
    for place in due:
        tx.trash.remove(*place)
    return len(due)


def hasten(tx: Transaction) -> int:
    """End the undelete window of some content, which the grace then keeps; answers for how much.

    The grace counts from now, since a client may have been told meanwhile that it is there.
    """
    return tx.trash.hasten(tx.now + tx.grace, HASTENED_AT_ONCE)


def _judge(tx: Transaction, candidate: Candidate) -> Collected:
    if candidate.kind == "manifest":
        return _judge_manifest(tx, candidate)
    return _judge_blob(tx, candidate)


def _judge_manifest(tx: Transaction, candidate: Candidate) -> Collected:
    repository = candidate.repository
    doomed = tx.garbage.unreachable(repository, candidate.digest)
    if not doomed:
        tx.garbage.settle(candidate)
    for digest in doomed:
        # What it held has been as unreachable as itself: no second grace.
        tx.manifests.remove(repository, digest, tx.now)
    if doomed:
        tx.repositories.remove_if_empty(repository)
    return Collected(looked_at=1, manifests=len(doomed))


def _judge_blob(tx: Transaction, candidate: Candidate) -> Collected:
    repository, digest = candidate.repository, candidate.digest
    if tx.blobs.user(repository, digest) is not None:
        tx.garbage.settle(candidate)
        return Collected(looked_at=1)
    freed = tx.blobs.remove(repository, digest, tx.now + min(READERS_GRACE, tx.grace))
    tx.repositories.remove_if_empty(repository)
    return Collected(looked_at=1, blobs=1, bytes=freed)


async def unlink(metadata: Metadata[Transaction], store: BlobStore) -> int:
    """Remove the bytes of the next discarded blobs; answers how many.

    A key is never used twice, so a push of the same digest meanwhile has a file of its own. Bytes
    that can not be removed hold up no others: all are tried before the first failure is raised.
    """
    removed: list[str] = []
    failures: list[OSError] = []
    for item in await metadata.read(_discarded):
        try:
            await store.delete(item.key)
            removed.append(item.key)
        except OSError as failure:
            failures.append(failure)
    if removed:
        await metadata.write(_forget, removed)
    if failures:
        raise failures[0]
    return len(removed)


def _discarded(tx: Transaction) -> list[Discarded]:
    return tx.garbage.discarded(BATCH)


def _forget(tx: Transaction, keys: Sequence[str]) -> None:
    tx.garbage.forget(keys)


def strays(tx: Transaction, keys: Sequence[str]) -> list[str]:
    """Those of the keys that no row knows: bytes of a push that ended before its row."""
    known = tx.garbage.known(keys)
    return [key for key in keys if key not in known]
