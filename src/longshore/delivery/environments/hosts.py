"""Hosts that are gone: those that nobody has heard of for too long, and those that are removed.

Decides what follows: a host that is lost holds up no deployment, is told of, and comes back by
being heard of.
"""

from __future__ import annotations

from longshore.delivery.environments import decisions, joining, permissions, reporting
from longshore.delivery.environments.permissions import Part
from longshore.delivery.environments.records import Agent
from longshore.delivery.environments.reporting import LOST_AFTER
from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Event, Kind
from longshore.delivery.ports import Transaction
from longshore.registry import audit
from longshore.registry.access import Caller
from longshore.registry.refusals import Unknown

AT_ONCE = 50  # hosts, in a transaction


def are_silent(tx: Transaction) -> bool:
    """Whether there is anybody to lose."""
    return bool(tx.agents.silent(tx.now - LOST_AFTER, 1))


def lose(tx: Transaction) -> list[Agent]:
    """Note who has not been heard of for too long, some of them; answers whom."""
    lost = tx.agents.silent(tx.now - LOST_AFTER, AT_ONCE)
    for agent in lost:
        tx.agents.put(agent._replace(lost_at=tx.now))
        decisions.record_environment(tx, agent.environment, "lose", agent.host)
        event = Event(Kind.AGENT_LOST, environment=agent.environment, host=agent.host)
        subscriptions.emit(tx, event)
    for environment in sorted({agent.environment for agent in lost}):
        reporting.conclude(tx, environment)
    return lost


def remove(tx: Transaction, caller: Caller, environment: str, host: str) -> None:
    """Forget a host, with what it reported and the robot that was made for it.

    Raises Unknown, and Forbidden.
    """
    permissions.require(tx, caller, environment, Part.DEPLOY)
    has_left = joining.leave(tx, environment, host)
    try:
        reporting.remove_host(tx, environment, host)
    except Unknown:
        if not has_left:
            raise
    decisions.record_environment(tx, environment, "forget", host)
    audit.record(tx, "host.remove", environment, host=host)


def of(tx: Transaction, caller: Caller, environment: str) -> list[Agent]:
    """Those of an environment, in order of their names; raises Unknown, and Forbidden."""
    permissions.require(tx, caller, environment, Part.SEE)
    return tx.agents.of(environment)
