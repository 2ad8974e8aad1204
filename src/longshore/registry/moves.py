"""Moves of tags: what is written down of each, and how long what a tag leaves is kept.

Decides how the history is read and when it is forgotten. Nothing of it is ever changed: who goes
back makes one more move.
"""

from __future__ import annotations

from longshore.oci.names import RepositoryName, Tag
from longshore.registry.history import Move
from longshore.registry.ports import Transaction
from longshore.registry.refusals import Unknown

EXPIRE_AT_ONCE = 500


def kept_until(tx: Transaction) -> int:
    """Until when that is kept which a tag, or a deleted manifest, lets go of now."""
    return tx.now + max(tx.grace, tx.window)


def page(
    tx: Transaction, repository: RepositoryName, tag: Tag | None, last: int | None, limit: int
) -> tuple[list[Move], bool]:
    """Moves of a tag or of a repository, the newest first, and whether there are more.

    Raises Unknown for a repository that is not there and has no history. A tag may have none:
    what was there before this was written down has not moved since.
    """
    found = tx.history.page(repository, tag, last, limit + 1)
    if not found and last is None and not is_known(tx, repository):
        raise Unknown(f"there is no repository {repository}, and no history of one")
    return found[:limit], len(found) > limit


def is_known(tx: Transaction, repository: RepositoryName) -> bool:
    """Whether it is there, or has been."""
    return tx.repositories.has_manifests(repository) or bool(
        tx.history.page(repository, None, None, 1)
    )


def expire(tx: Transaction, before: int) -> int:
    """Forget some of what is older; answers how much that was."""
    return tx.history.remove(before, EXPIRE_AT_ONCE)
