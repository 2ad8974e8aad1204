"""An environment as it stands, read from the rows.

Decides what is there when nothing is: an image that never ran has an empty state, an environment
that nobody declared is refused.
"""

from __future__ import annotations

from longshore.delivery.environments.deployments import (
    Deployment,
    EnvironmentState,
    ImageState,
    Report,
)
from longshore.delivery.ports import Transaction
from longshore.oci.names import RepositoryName
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


def heard(tx: Transaction, environment: str) -> list[Report]:
    """What its hosts reported last, each as of when it was last heard of."""
    seen = {agent.host: agent.seen_at or 0 for agent in tx.agents.of(environment)}
    reports = tx.reports.of(environment)
    return [each._replace(at=max(each.at, seen.get(each.host, 0))) for each in reports]
