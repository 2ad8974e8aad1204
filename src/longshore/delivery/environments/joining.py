"""Joining: a host is let in by a code that somebody made for its environment, once.

Decides what a code is good for, and what comes with it: a robot that pulls the environment's images
and nothing else, known by a secret of its own. A code takes no running agent's place.
"""

from __future__ import annotations

import hashlib

from longshore.delivery.environments.agents import check_host
from longshore.delivery.environments.records import Agent, JoinCode
from longshore.delivery.environments.reporting import LOST_AFTER
from longshore.delivery.environments.states import find
from longshore.delivery.ports import Transaction
from longshore.oci.errors import Unauthorized
from longshore.registry import access, accounts, administration, audit
from longshore.registry.grants import Grant, Verb
from longshore.registry.management import NewSecret
from longshore.registry.patterns import Pattern
from longshore.registry.refusals import Exists, Invalid

LONGEST_NAME = 64  # characters of an account's
PULLS = frozenset({Verb.PULL})
NOT_GOOD = (
    "the code is not good: it was used, has expired, or is of another environment;"
    " `longshore env join-code` makes another"
)


def invite(tx: Transaction, environment: str, digest: str, lifetime: int) -> JoinCode:
    """Let a host join by the code of this digest, within `lifetime` milliseconds.

    Raises Unknown, and Invalid where agents need no code.
    """
    find(tx, environment)
    if not access.state(tx).is_secured:
        raise Invalid(
            "this registry has no accounts, so an agent needs no code:"
            f" longshore agent {environment} --server URL"
        )
    code = JoinCode(environment, tx.now + lifetime, tx.actor.name)
    tx.join_codes.add(code, digest)
    audit.record(tx, "agent.invite", environment, expires_at=code.expires_at)
    return code


def join(tx: Transaction, environment: str, digest: str, host: str, secret: NewSecret) -> Agent:
    """Let a host be known by this secret, for the code of this digest.

    Raises Unauthorized, Invalid, and Exists while an agent runs there by that name.
    """
    code = tx.join_codes.take(digest)
    if code is None or code.expires_at <= tx.now or code.environment != environment:
        raise Unauthorized(NOT_GOOD)
    agent = tx.agents.find(environment, host)
    if agent is None:
        check_host(tx, environment, host)
    elif agent.seen_at is not None and tx.now - agent.seen_at < LOST_AFTER:
        raise Exists(
            f"an agent of {environment} runs as {host}: take another name with --host, or remove"
            " that one first"
        )
    joined = Agent(environment, host, account_of(environment, host))
    _let_in(tx, joined, agent, secret)
    tx.agents.put(joined)
    audit.record(tx, "agent.join", joined.account, environment=environment, invited_by=code.made_by)
    return joined


def leave(tx: Transaction, environment: str, host: str) -> bool:
    """Forget a host, and the robot that was made for it; False if there is none."""
    agent = tx.agents.find(environment, host)
    if agent is None:
        return False
    tx.agents.remove(environment, host)
    if agent.account and tx.accounts.find(agent.account) is not None:
        accounts.remove(tx, agent.account)
    return True


def let_pull(tx: Transaction, environment: str) -> None:
    """Let the robots of the environment pull the images that it has now, and no others."""
    wanted = {Pattern.parse(name) for name in find(tx, environment).declared.repositories}
    for agent in tx.agents.of(environment):
        if not agent.account or tx.accounts.find(agent.account) is None:
            continue
        given = tx.grants.of([agent.account])
        for grant in given:
            if grant.verbs == PULLS and grant.pattern not in wanted:
                administration.revoke(tx, agent.account, grant.pattern)
        for pattern in sorted(wanted - {grant.pattern for grant in given}):
            administration.grant(tx, Grant(agent.account, pattern, PULLS))


def forget(tx: Transaction) -> None:
    """Forget codes that are good for nothing any more."""
    tx.join_codes.remove_expired(tx.now)


def account_of(environment: str, host: str) -> str:
    """The name of the robot that is made for a host."""
    name = f"{environment}.{host}"
    if len(name) <= LONGEST_NAME:
        return name
    short = environment[: LONGEST_NAME - len(host) - 9]
    return f"{short}-{hashlib.sha256(environment.encode()).hexdigest()[:7]}.{host}"


def _let_in(tx: Transaction, joined: Agent, former: Agent | None, secret: NewSecret) -> None:
    """Make the robot, or let the one that was made before have this secret and no other."""
    name = joined.account
    if tx.accounts.find(name) is None:
        accounts.add(tx, name, "robot", f"agent of {joined.environment} on {joined.host}")
    elif former is None or former.account != name:
        raise Exists(f"there is an account {name} already: take another name with --host")
    for old in tx.secrets.of(name):
        accounts.remove_secret(tx, name, old.id)
    accounts.add_secret(tx, name, "robot", *secret)
    tx.agents.put(joined)
    let_pull(tx, joined.environment)
