"""Agents: who may ask what an environment is to run, and report for which of its hosts.

Decides it. Who joined with a code speaks for its own host alone; whom the environment declares as
an agent speaks for any that nobody has joined as. On a registry without accounts anybody may, as
with its content. What follows from a report is decided in `reporting`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from longshore.delivery.environments import decisions, permissions, reporting
from longshore.delivery.environments.deployments import Report
from longshore.delivery.environments.permissions import Part
from longshore.delivery.environments.records import Agent
from longshore.delivery.environments.reporting import MOST_HOSTS
from longshore.delivery.ports import Transaction
from longshore.delivery.rollouts.services import NAME
from longshore.registry.access import Caller
from longshore.registry.refusals import Forbidden, Invalid


class Sighting(NamedTuple):
    """That an agent asked, or reported; `generation` is the one that it knows."""

    environment: str
    host: str
    generation: int | None = None


def admit(tx: Transaction, caller: Caller, environment: str, host: str) -> None:
    """Raises Unknown for who may not know of the environment, Invalid, and Forbidden.

    Who names no host is one of those whom the environment declares.
    """
    agent = tx.agents.find(environment, host) if host else None
    if agent is None or agent.account != caller.name:
        permissions.require(tx, caller, environment, Part.REPORT)
        if agent and agent.account and not permissions.has_every_part(caller):
            raise Forbidden(f"{host} is the host of another account")
    if host and agent is None:
        check_host(tx, environment, host)


def check_host(tx: Transaction, environment: str, host: str) -> None:
    """Raises Invalid unless one more host may be of that name."""
    if NAME.fullmatch(host) is None:
        raise Invalid(
            f"{host[:80]!r} is no name of a host: it is at most 40 lower-case letters, digits,"
            " '_', '.' or '-'"
        )
    if len(tx.agents.of(environment)) >= MOST_HOSTS:
        raise Invalid(f"an environment has at most {MOST_HOSTS} hosts: remove one that is gone")


def report(
    tx: Transaction, caller: Caller, environment: str, host: str, reports: Iterable[Report]
) -> None:
    """Take what a host says, from who may say it; raises as `admit` does."""
    admit(tx, caller, environment, host)
    see(tx, [Sighting(environment, host)])
    reporting.report(tx, environment, host, list(reports))


def see(tx: Transaction, sightings: Iterable[Sighting]) -> None:
    """Note that agents were heard of; who was lost is found."""
    for seen in sightings:
        if tx.environments.find(seen.environment) is None:
            continue  # removed meanwhile
        agent = tx.agents.find(seen.environment, seen.host) or Agent(seen.environment, seen.host)
        if agent.lost_at is not None:
            decisions.record_environment(tx, seen.environment, "find", seen.host)
        known = agent.generation if seen.generation is None else seen.generation
        tx.agents.put(agent._replace(seen_at=tx.now, generation=known, lost_at=None))
