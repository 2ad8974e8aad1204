"""Joining: what a code is good for, and what comes with it."""

import pytest

from longshore.delivery.environments import agents, applying, joining
from longshore.delivery.environments.agents import Sighting
from longshore.delivery.environments.joining import account_of
from longshore.delivery.environments.records import Agent
from longshore.delivery.environments.reporting import LOST_AFTER
from longshore.delivery.ports import Transaction
from longshore.delivery.rollouts.services import Service
from longshore.oci.errors import Unauthorized
from longshore.oci.names import RepositoryName
from longshore.registry import access, accounts, administration, logins
from longshore.registry.grants import Grant, Verb
from longshore.registry.management import NewSecret
from longshore.registry.patterns import Pattern
from longshore.registry.refusals import Exists, Invalid, Unknown
from tests.delivery.environments.yard import WEB, Yard, environment

MINUTE = 60_000  # ms
JOB = Service("job", RepositoryName("team/job"))
ROBOT = "staging.web"


def secret(digest: str = "of the secret") -> NewSecret:
    return NewSecret(digest, "agent", None)


@pytest.fixture
async def closed(yard: Yard) -> Yard:
    """A registry with accounts, an environment, and a code to join it."""
    await yard.apply(environment("staging"), environment("other"))
    await yard.write(accounts.add, "chief", "user")
    await yard.write(joining.invite, "staging", "code", MINUTE)
    return yard


async def join(yard: Yard, code: str = "code", host: str = "web", digest: str = "first") -> Agent:
    return await yard.by("anonymous", joining.join, "staging", code, host, secret(digest))


async def may_pull(yard: Yard, repository: str, account: str = ROBOT) -> bool:
    caller = await yard.metadata.read(access.caller, account)
    verbs = {verb for verb in Verb if caller.is_granted(verb, repository)}
    assert verbs <= {Verb.PULL}
    return bool(verbs)


async def known_by(yard: Yard, digest: str) -> str | None:
    found = await yard.metadata.read(logins.by_secret, digest)
    return found.account if found else None


async def test_a_host_that_joins_is_a_robot_that_pulls_what_it_runs(closed: Yard) -> None:
    assert await join(closed) == Agent("staging", "web", ROBOT)
    assert await known_by(closed, "first") == ROBOT
    assert await may_pull(closed, "team/app")
    assert not await may_pull(closed, "team/job")
    await closed.metadata.read(agents.admit, access.Caller(ROBOT, ()), "staging", "web")


async def test_a_code_is_good_once(closed: Yard) -> None:
    await join(closed)
    with pytest.raises(Unauthorized):
        await join(closed, host="db", digest="second")
    assert await known_by(closed, "second") is None


async def test_a_code_is_good_for_its_time(closed: Yard) -> None:
    closed.time.advance(MINUTE)
    with pytest.raises(Unauthorized):
        await join(closed)


async def test_a_code_is_good_for_its_environment(closed: Yard) -> None:
    with pytest.raises(Unauthorized):
        await closed.write(joining.join, "other", "code", "web", secret())
    assert (await join(closed)).account == ROBOT, "the code was not used up"


async def test_a_code_that_nobody_made_is_good_for_nothing(closed: Yard) -> None:
    with pytest.raises(Unauthorized):
        await join(closed, "another")


async def test_a_refused_name_costs_no_code(closed: Yard) -> None:
    with pytest.raises(Invalid):
        await join(closed, host="No Host")
    await join(closed)


async def test_a_code_takes_no_running_agents_place(closed: Yard) -> None:
    await join(closed)
    await closed.write(agents.see, [Sighting("staging", "web", 1)])
    await closed.write(joining.invite, "staging", "again", 10 * MINUTE)
    with pytest.raises(Exists, match="--host"):
        await join(closed, "again", digest="second")
    assert await known_by(closed, "first") == ROBOT
    closed.time.advance(LOST_AFTER)
    await join(closed, "again", digest="second")
    assert await known_by(closed, "first") is None, "a host has one secret"
    assert await known_by(closed, "second") == ROBOT


async def test_a_name_that_is_somebody_elses_is_not_taken(closed: Yard) -> None:
    await closed.write(accounts.add, ROBOT, "robot")
    with pytest.raises(Exists, match="--host"):
        await join(closed)


async def test_who_was_removed_by_hand_may_join_again(closed: Yard) -> None:
    await join(closed)
    await closed.write(accounts.remove, ROBOT)
    await closed.write(joining.invite, "staging", "again", MINUTE)
    await join(closed, "again", digest="second")
    assert await known_by(closed, "second") == ROBOT


async def test_who_is_disabled_stays_so(closed: Yard) -> None:
    await join(closed)
    await closed.write(accounts.enable, ROBOT, is_enabled=False)
    await closed.write(joining.invite, "staging", "again", MINUTE)
    await join(closed, "again", digest="second")
    assert await known_by(closed, "second") is None


async def test_an_open_registry_needs_no_code(yard: Yard) -> None:
    await yard.apply(environment("staging"))
    with pytest.raises(Invalid, match="longshore agent staging"):
        await yard.write(joining.invite, "staging", "code", MINUTE)


async def test_nobody_is_invited_to_what_is_not_there(closed: Yard) -> None:
    with pytest.raises(Unknown):
        await closed.write(joining.invite, "nowhere", "digest", MINUTE)


async def test_what_an_environment_runs_now_is_what_its_robots_pull(closed: Yard) -> None:
    await join(closed)
    given = Grant(ROBOT, Pattern.parse("base/**"), frozenset({Verb.PULL, Verb.PUSH}))
    await closed.write(administration.grant, given)
    await closed.apply(environment("staging", services=(JOB,)))
    assert await may_pull(closed, "team/job")
    assert not await may_pull(closed, "team/app")
    kept = await closed.metadata.read(lambda tx: tx.grants.of([ROBOT]))
    assert given in kept, "what somebody gave by hand is theirs"
    await closed.apply(environment("staging", services=(WEB, JOB)))
    assert await may_pull(closed, "team/app")


async def test_who_joined_leaves_with_its_environment(closed: Yard) -> None:
    await join(closed)
    await closed.write(applying.remove, "staging")
    assert await known_by(closed, "first") is None
    assert await closed.metadata.read(lambda tx: tx.accounts.find(ROBOT)) is None


async def test_who_is_no_robot_leaves_nobody_behind(closed: Yard) -> None:
    await join(closed)
    await closed.write(agents.see, [Sighting("staging", "db", 1)])
    assert await closed.write(joining.leave, "staging", "db")
    assert await closed.write(joining.leave, "staging", "web")
    assert not await closed.write(joining.leave, "staging", "web")
    assert await closed.metadata.read(lambda tx: tx.accounts.find(ROBOT)) is None


async def test_a_robot_that_was_removed_by_hand_is_passed_over(closed: Yard) -> None:
    await join(closed)
    await closed.write(accounts.remove, ROBOT)
    await closed.write(joining.let_pull, "staging")
    assert not await may_pull(closed, "team/app")
    assert await closed.write(joining.leave, "staging", "web")


async def test_what_expired_is_forgotten(closed: Yard) -> None:
    def take(tx: Transaction) -> object:
        return tx.join_codes.take("code")

    closed.time.advance(MINUTE)
    await closed.write(joining.forget)
    assert await closed.write(take) is None


async def test_who_invited_and_who_joined_is_in_the_audit_log(closed: Yard) -> None:
    await join(closed)
    lines = await closed.metadata.read(lambda tx: tx.audit.latest(100))
    [invited] = [line for line in lines if line.action == "agent.invite"]
    [joined] = [line for line in lines if line.action == "agent.join"]
    assert (invited.actor.name, invited.target) == ("kees", "staging")
    assert (joined.actor.name, joined.target) == ("anonymous", ROBOT)
    assert joined.detail == {"environment": "staging", "invited_by": "kees"}


@pytest.mark.parametrize(("environment", "host"), [("a" * 64, "b" * 40), ("a" * 40, "b" * 40)])
def test_a_robots_name_is_never_too_long(environment: str, host: str) -> None:
    name = account_of(environment, host)
    assert accounts.check_name(name) == name
    assert name.endswith(f".{host}")
    assert name != account_of(environment + "a", host)
