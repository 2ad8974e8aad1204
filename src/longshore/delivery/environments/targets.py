"""Targets: which image an environment is to run next, by what it follows or was asked for.

A query over the tags there are now, so that a tag's move and the new target are one. A tag that
is gone is no target: the environment goes on with what it runs. Whether the target is deployed is
decided in `gates`.
"""

from __future__ import annotations

from collections.abc import Iterator

from longshore.delivery.environments.deployments import ImageState
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.gates import Target
from longshore.delivery.ports import Transaction
from longshore.delivery.tags.series import Series
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag

AT_ONCE = 1000  # tags


def target(tx: Transaction, environment: Environment, state: ImageState) -> Target | None:
    """What is to be run and is not yet; None if all is as it should be."""
    if state.request is not None:
        asked = state.request
        return Target(asked.digest, asked.name, asked.at, asked.who)
    found = followed(tx, environment, state)
    if found is None or found[1] == state.digest:
        return None
    name, digest = found
    waiting = state.waiting
    is_known = waiting is not None and waiting.digest == digest
    return Target(digest, name, waiting.since if waiting and is_known else tx.now)


def followed(
    tx: Transaction, environment: Environment, state: ImageState
) -> tuple[str, Digest] | None:
    """What the tags say now, whatever is on hold: a tag and its image; None if they say nothing."""
    tag = _tag(tx, environment, state)
    digest = tx.tags.find(state.repository, Tag(tag)) if tag else None
    return None if digest is None else (tag, digest)


def _tag(tx: Transaction, environment: Environment, state: ImageState) -> str:
    if environment.pin:
        # Seen once, it is what is run: it may move, and nothing follows.
        is_seen = state.name == environment.pin and state.digest is not None
        return "" if is_seen else environment.pin
    if environment.range is None:
        return environment.follow
    highest = environment.range.highest(_versions(tx, state.repository, environment.range))
    present = environment.range.version(state.name)
    # The highest may be gone. That is no reason to go back.
    is_lower = highest and present and highest.precedence < present.precedence
    return "" if highest is None or is_lower else str(highest.tag)


def _versions(tx: Transaction, repository: RepositoryName, range_: Series) -> Iterator[str]:
    """Tags that may be versions of the range, by the index."""
    last, prefix = range_.prefix, range_.prefix
    while page := tx.tags.page(repository, last, AT_ONCE):
        for tag in page:
            if not tag.startswith(prefix):
                return
            yield tag
        last = page[-1]
