"""Repositories: which there are.

Decides what the catalog lists: every repository that holds a manifest and that the caller may
pull from, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator

from longshore.oci.names import RepositoryName
from longshore.registry.access import Caller
from longshore.registry.grants import Verb
from longshore.registry.ports import Transaction

READ_AT_ONCE = 1000


def page(
    tx: Transaction, caller: Caller, last: str, limit: int
) -> tuple[list[RepositoryName], bool]:
    """Names after `last`, and whether there are more.

    Reads what begins as the caller's grants do, and nothing else of all there is.
    """
    found: list[RepositoryName] = []
    for prefix in caller.prefixes():
        for name in _beginning_with(tx, prefix, last, limit + 1):
            if caller.is_granted(Verb.PULL, name):
                found.append(name)
            if len(found) > limit:
                return found[:limit], True
    return found, False


def _beginning_with(
    tx: Transaction, prefix: str, last: str, at_once: int
) -> Iterator[RepositoryName]:
    """Read a page of them, and if that was not enough, larger ones."""
    if last < prefix:
        name = RepositoryName(prefix)
        if tx.repositories.has_manifests(name):
            yield name
        last = prefix
    while last.startswith(prefix):
        some = tx.repositories.page(last, at_once)
        for name in some:
            if not name.startswith(prefix):
                return
            yield name
        if len(some) < at_once:
            return
        last, at_once = some[-1], min(2 * at_once, READ_AT_ONCE)
