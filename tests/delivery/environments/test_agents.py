"""Agents: who may ask and report for which host, and when each was last heard of."""

import pytest

from longshore.delivery.environments import agents, hosts
from longshore.delivery.environments.agents import Sighting
from longshore.delivery.environments.deploying import advance, version
from longshore.delivery.environments.deployments import Report
from longshore.delivery.environments.desired import generations
from longshore.delivery.environments.records import Agent
from longshore.delivery.environments.reporting import LOST_AFTER, MOST_HOSTS
from longshore.delivery.environments.states import heard
from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Event, Kind
from longshore.delivery.notifications.subscriptions import Wish
from longshore.registry import access
from longshore.registry.access import LOCAL, NOBODY, OPEN, Caller
from longshore.registry.patterns import Pattern
from longshore.registry.refusals import Forbidden, Invalid, Unknown
from tests.delivery.environments.yard import Yard, digest, environment

ROBOT, OTHER = Caller("staging.web", ()), Caller("staging.db", ())
HANDS = Caller("hands", ())


async def admits(yard: Yard, caller: Caller, host: str, name: str = "staging") -> bool:
    try:
        await yard.metadata.read(agents.admit, caller, name, host)
    except (Unknown, Forbidden):
        return False
    return True


@pytest.fixture
async def joined(yard: Yard) -> Yard:
    """Two hosts that joined, in an environment that has agents besides."""
    await yard.apply(environment("staging", agents=("hands", "@crew")), environment("other"))
    await yard.write(lambda tx: tx.groups.add("crew", "sailor"))
    for host in ("web", "db"):
        await yard.write(
            lambda tx, host: tx.agents.put(Agent("staging", host, f"staging.{host}")), host
        )
    return yard


@pytest.mark.parametrize(
    ("caller", "web", "new"),
    [
        (OPEN, True, True),
        (LOCAL, True, True),
        (ROBOT, True, False),
        (OTHER, False, False),
        (HANDS, False, True),
        (Caller("sailor", ()), False, True),
        (Caller("stranger", ()), False, False),
        (NOBODY, False, False),
    ],
    ids=["open", "local", "joined", "another host", "declared", "group", "stranger", "nobody"],
)
async def test_who_speaks_for_which_host(
    joined: Yard, caller: Caller, web: bool, new: bool
) -> None:
    assert await admits(joined, caller, "web") is web
    assert await admits(joined, caller, "new") is new


async def test_an_agent_of_one_environment_is_a_stranger_in_another(joined: Yard) -> None:
    assert not await admits(joined, ROBOT, "web", "other")
    assert not await admits(joined, HANDS, "web", "other")


@pytest.mark.parametrize("caller", [OPEN, LOCAL, ROBOT, HANDS], ids=lambda one: one.name)
async def test_what_is_not_there_has_no_agents(joined: Yard, caller: Caller) -> None:
    with pytest.raises(Unknown):
        await joined.metadata.read(agents.admit, caller, "nowhere", "web")


async def test_to_who_has_no_part_in_it_an_environment_does_not_exist(joined: Yard) -> None:
    """Whoever may not know of it is told the same as if it were not there."""
    told = []
    for name in ("staging", "nowhere"):
        with pytest.raises(Unknown) as refusal:
            await joined.metadata.read(agents.admit, Caller("stranger", ()), name, "web")
        told.append(str(refusal.value).replace(name, ""))
    assert told[0] == told[1]


@pytest.mark.parametrize("host", ["Web", "a b", "x" * 41, "../x", "-x"])
async def test_a_host_has_a_name(joined: Yard, host: str) -> None:
    with pytest.raises(Invalid):
        await joined.metadata.read(agents.admit, OPEN, "staging", host)


async def test_hosts_are_bounded(joined: Yard) -> None:
    await joined.write(
        agents.see, [Sighting("staging", f"host-{number}") for number in range(MOST_HOSTS - 2)]
    )
    with pytest.raises(Invalid, match="at most"):
        await joined.metadata.read(agents.admit, OPEN, "staging", "one-more")
    await joined.metadata.read(agents.admit, OPEN, "staging", "web")


async def test_a_sighting_is_noted_with_what_the_agent_knows(joined: Yard) -> None:
    await joined.write(agents.see, [Sighting("staging", "web", 3), Sighting("staging", "new", 2)])
    now = joined.time.now
    joined.time.advance(1)
    await joined.write(agents.see, [Sighting("staging", "web"), Sighting("gone", "web", 1)])
    assert await joined.metadata.read(hosts.of, LOCAL, "staging") == [
        Agent("staging", "db", "staging.db"),
        Agent("staging", "new", "", now, 2),
        Agent("staging", "web", "staging.web", now + 1, 3),
    ]


async def test_a_report_is_a_sighting_and_taken_from_who_may_give_it(joined: Yard) -> None:
    said = [Report("staging", "web", "web", 1, digest(1), "healthy", 0)]
    await joined.write(agents.report, ROBOT, "staging", "web", said)
    [kept] = await joined.metadata.read(heard, "staging")
    assert (kept.host, kept.state, kept.at) == ("web", "healthy", joined.time.now)
    with pytest.raises(Unknown):
        await joined.write(agents.report, OTHER, "staging", "web", said)


async def test_what_a_host_said_counts_as_long_as_it_is_heard_of(joined: Yard) -> None:
    said = [Report("staging", "web", "web", 1, digest(1), "healthy", 0)]
    await joined.write(agents.report, ROBOT, "staging", "web", said)
    joined.time.advance(LOST_AFTER)
    await joined.write(agents.see, [Sighting("staging", "web", 1)])
    assert [each.at for each in await joined.metadata.read(heard, "staging")] == [joined.time.now]


async def test_who_is_not_heard_of_is_lost_once_and_found_again(joined: Yard) -> None:
    await joined.write(agents.see, [Sighting("staging", "web", 1)])
    wish = Wish("ci", "email", "ci@example.com", environments=Pattern("staging"))
    await joined.write(subscriptions.add, wish)
    joined.time.advance(LOST_AFTER)
    assert not await joined.metadata.read(hosts.are_silent)
    joined.time.advance(1)
    assert await joined.metadata.read(hosts.are_silent)
    [lost] = await joined.write(hosts.lose)
    assert (lost.host, await joined.write(hosts.lose)) == ("web", [])
    [_, web] = await joined.metadata.read(hosts.of, LOCAL, "staging")
    assert web.lost_at == joined.time.now
    letter = await joined.metadata.read(lambda tx: tx.outbox.next("ci", tx.now))
    assert letter is not None
    assert letter.message.event == Event(Kind.AGENT_LOST, environment="staging", host="web")
    await joined.write(agents.see, [Sighting("staging", "web", 1)])
    [_, web] = await joined.metadata.read(hosts.of, LOCAL, "staging")
    assert web.lost_at is None
    assert (await joined.acts("staging"))[-2:] == ["lose", "find"]


async def test_a_host_that_is_lost_holds_up_no_deployment(yard: Yard) -> None:
    await yard.apply(environment("staging", follow="master"))
    await yard.push(1, "master")
    for host in ("a", "b"):
        await yard.write(agents.see, [Sighting("staging", host, 1)])
        await yard.report("staging", host=host)
    await yard.push(2, "master")
    await yard.report("staging", host="a")
    assert (await yard.deployments("staging"))[-1].outcome == "pending", "b has not come to it"
    yard.time.advance(LOST_AFTER + 1)
    await yard.write(agents.see, [Sighting("staging", "a", 2)])
    assert [agent.host for agent in await yard.write(hosts.lose)] == ["b"]
    assert (await yard.deployments("staging"))[-1].outcome == "healthy"


async def test_a_host_that_is_removed_is_forgotten_with_its_reports(yard: Yard) -> None:
    await yard.apply(environment("staging", follow="master"))
    await yard.push(1, "master")
    await yard.report("staging", host="a")
    await yard.write(agents.see, [Sighting("staging", "a", 1), Sighting("staging", "b", 1)])
    for host in ("a", "b"):
        await yard.write(hosts.remove, LOCAL, "staging", host)
        with pytest.raises(Unknown):
            await yard.write(hosts.remove, LOCAL, "staging", host)
    assert await yard.metadata.read(hosts.of, LOCAL, "staging") == []
    assert await yard.metadata.read(heard, "staging") == []
    assert not (await yard.metadata.read(access.state)).is_secured


async def test_who_may_see_the_hosts(joined: Yard) -> None:
    for caller in (OPEN, LOCAL, HANDS):
        assert len(await joined.metadata.read(hosts.of, caller, "staging")) == 2
    for caller in (ROBOT, NOBODY):
        with pytest.raises(Unknown):
            await joined.metadata.read(hosts.of, caller, "staging")
    with pytest.raises(Forbidden):
        await joined.write(hosts.remove, HANDS, "staging", "web")


async def test_generations_are_those_of_what_is_there(joined: Yard) -> None:
    before = await joined.metadata.read(generations, ["staging", "other", "nowhere"])
    version_before = await joined.metadata.read(version)
    await joined.write(advance, "staging")
    after = await joined.metadata.read(generations, ["staging", "other", "nowhere"])
    assert after == before | {"staging": before["staging"] + 1}
    assert await joined.metadata.read(version) > version_before
