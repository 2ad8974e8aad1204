"""An environment as it stands, read from the rows.

Decides what is there when nothing is: an image that never ran has an empty state, an environment
that nobody declared is refused.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.delivery.environments.deployments import (
    Deployment,
    EnvironmentState,
    ImageState,
    Report,
)
from longshore.delivery.ports import Transaction
from longshore.oci.names import RepositoryName
from longshore.registry.history import UNKNOWN, Origin
from longshore.registry.refusals import Unknown


def find(tx: Transaction, environment: str) -> EnvironmentState:
    """Raises Unknown."""
    found = tx.environments.find(environment)
    if found is None:
        raise Unknown(f"there is no environment {environment[:80]}")
    return found


def image(tx: Transaction, environment: str, repository: RepositoryName) -> ImageState:
    """What the environment is to run of a repository."""
    return tx.images.find(environment, repository) or ImageState(environment, repository)


def current(tx: Transaction, state: ImageState) -> Deployment | None:
    """The deployment that the environment is to run."""
    return None if state.deployment is None else tx.deployments.find(state.deployment)


class Shown(NamedTuple):
    """What an environment is to run of a repository, for whoever looks at it.

    The origins are those of the deployment's image, and of the image that waits.
    """

    state: ImageState
    deployment: Deployment | None
    origin: Origin
    awaited: Origin


def shown(tx: Transaction, state: ImageState) -> Shown:
    """With what is written down elsewhere of its images."""
    present, waiting = current(tx, state), state.waiting
    return Shown(
        state,
        present,
        tx.history.origin(state.repository, present.digest) if present else UNKNOWN,
        tx.history.origin(state.repository, waiting.digest) if waiting else UNKNOWN,
    )


def heard(tx: Transaction, environment: str) -> list[Report]:
    """What its hosts reported last, each as of when it was last heard of."""
    seen = {agent.host: agent.seen_at or 0 for agent in tx.agents.of(environment)}
    reports = tx.reports.of(environment)
    return [each._replace(at=max(each.at, seen.get(each.host, 0))) for each in reports]
