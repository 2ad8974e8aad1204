"""Agents: the hosts of an environment, each with the account that its agent shows, if it has one.

Decides who may ask what an environment is to run, and report for which host. Who joined with a code
speaks for its own host alone; whom the environment declares as an agent speaks for any that nobody
has joined as. On a registry without accounts anybody may, as with its content.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from longshore.delivery import permissions
from longshore.delivery.deployments import Report
from longshore.delivery.permissions import Part
from longshore.delivery.ports import Transaction
from longshore.delivery.records import Agent
from longshore.delivery.services import NAME
from longshore.delivery.states import find
from longshore.registry.access import OPEN, Caller
from longshore.registry.refusals import Forbidden, Invalid

LOST_AFTER = 5 * 60_000  # ms without a word from a host
MOST_HOSTS = 200  # of an environment


class Sighting(NamedTuple):
    """That an agent asked, or reported; `generation` is the one that it knows."""

    environment: str
    host: str
    generation: int | None


def admit(tx: Transaction, caller: Caller, environment: str, host: str) -> None:
    """Raises Unknown for who may not know of the environment, Invalid, and Forbidden."""
    agent = tx.agents.find(environment, host)
    if caller is not OPEN and not (agent and agent.account == caller.name):
        permissions.require(tx, caller, environment, Part.REPORT)
        if agent and agent.account and not caller.administers_all:
            raise Forbidden(f"{host} is the host of another account")
    if agent is None:
        find(tx, environment)
        check_host(tx, environment, host)


def check_host(tx: Transaction, environment: str, host: str) -> None:
    """Raises Invalid unless there may be a host of that name."""
    if NAME.fullmatch(host) is None:
        raise Invalid(
            f"{host[:80]!r} is no name of a host: it is at most 40 lower-case letters, digits,"
            " '_', '.' or '-'"
        )
    if len(tx.agents.of(environment)) >= MOST_HOSTS:
        raise Invalid(f"an environment has at most {MOST_HOSTS} hosts: remove one that is gone")


def see(tx: Transaction, sightings: Iterable[Sighting]) -> None:
    """Note that agents were heard of; who was lost is back."""
    for seen in sightings:
        if tx.environments.find(seen.environment) is None:
            continue  # removed meanwhile
        agent = tx.agents.find(seen.environment, seen.host) or Agent(seen.environment, seen.host)
        tx.agents.put(agent._replace(seen_at=tx.now, generation=seen.generation, lost_at=None))


def heard(tx: Transaction, environment: str) -> list[Report]:
    """What its hosts have reported, each as of when it was last heard of."""
    seen = {agent.host: agent.seen_at or 0 for agent in tx.agents.of(environment)}
    reports = tx.reports.of(environment)
    return [each._replace(at=max(each.at, seen.get(each.host, 0))) for each in reports]
