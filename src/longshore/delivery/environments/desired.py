"""What is desired: the services that an environment's hosts are to run, each with its image.

A query over what was decided. A service of which nothing was ever deployed is not among them;
whatever else happens, there is no answer that means "run nothing of what you run".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from longshore.delivery.environments.deployments import EnvironmentState, Report
from longshore.delivery.environments.records import Agent
from longshore.delivery.environments.states import Shown, current, find, heard, image, shown
from longshore.delivery.ports import Transaction
from longshore.delivery.rollouts.services import Service, in_order
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName


class Wanted(NamedTuple):
    """A service, the image that it is to run, and the deployment that says so."""

    service: Service
    digest: Digest
    name: str
    deployment: int


class Desired(NamedTuple):
    """What the hosts of an environment are to run, each service after those that it needs.

    `generation` grows with every change.
    """

    generation: int
    services: tuple[Wanted, ...]


def desired(tx: Transaction, environment: str) -> Desired:
    """Raises Unknown."""
    state = find(tx, environment)
    wanted: list[Wanted] = []
    for service in in_order(state.declared.services):
        deployed = current(tx, image(tx, environment, RepositoryName(service.image)))
        if deployed is not None:
            wanted.append(Wanted(service, deployed.digest, deployed.name, deployed.id))
    return Desired(state.generation, tuple(wanted))


def generations(tx: Transaction, environments: Collection[str]) -> dict[str, int]:
    """Those of the environments that are there."""
    found = {name: tx.environments.find(name) for name in environments}
    return {name: state.generation for name, state in found.items() if state is not None}


class Status(NamedTuple):
    """An environment as it stands, with each of its images, its hosts, and what they say."""

    state: EnvironmentState
    images: list[Shown]
    agents: list[Agent]
    reports: list[Report]


def status(tx: Transaction, environment: str) -> Status:
    """Raises Unknown."""
    state = find(tx, environment)
    images = [image(tx, environment, each) for each in state.declared.repositories]
    return Status(
        state,
        [shown(tx, each) for each in images],
        tx.agents.of(environment),
        heard(tx, environment),
    )
