"""Repositories: which there are.

Decides what the catalog lists: every repository that holds a manifest, and no other.
"""

from __future__ import annotations

from longshore.oci.names import RepositoryName
from longshore.registry.ports import Transaction


def page(tx: Transaction, last: str, limit: int) -> tuple[list[RepositoryName], bool]:
    """Names after `last`, and whether there are more."""
    found = tx.repositories.page(last, limit + 1)
    return found[:limit], len(found) > limit
