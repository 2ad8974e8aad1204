"""Environments are listed to those who have a part in them, page by page."""

import pytest

from longshore.delivery.environments import agents, following, listing, permissions
from longshore.delivery.environments.agents import Sighting
from longshore.delivery.environments.desired import desired, status
from longshore.delivery.environments.environment import Environment
from longshore.delivery.rollouts.services import Service
from longshore.registry.access import LOCAL, Caller
from longshore.registry.refusals import Unknown
from tests.delivery.environments.yard import WEB, Yard, environment, origin

DEV = Caller("dev", ())


async def names(yard: Yard, caller: Caller, last: str, limit: int) -> tuple[list[str], str | None]:
    found, following_ = await yard.metadata.read(listing.page, caller, last, limit)
    return [one.state.declared.name for one in found], following_


async def test_a_page_has_what_the_caller_may_see_and_says_how_to_go_on(yard: Yard) -> None:
    mine = [environment(name, deployers=("dev",)) for name in ("b", "d")]
    await yard.apply(*mine, *map(environment, ("a", "c", "e")))
    assert await names(yard, LOCAL, "", 3) == (["a", "b", "c"], "c")
    assert await names(yard, LOCAL, "c", 3) == (["d", "e"], None)
    assert await names(yard, DEV, "", 3) == (["b"], "c")
    assert await names(yard, DEV, "d", 3) == ([], None)


async def test_the_history_of_what_is_gone_is_for_administrators(yard: Yard) -> None:
    await yard.apply(environment("staging", deployers=("dev",)))
    for caller in (LOCAL, DEV):
        await yard.metadata.read(permissions.require_past, caller, "staging")
    await yard.remove("staging")
    await yard.metadata.read(permissions.require_past, LOCAL, "staging")
    for caller, name in ((DEV, "staging"), (LOCAL, "nowhere")):
        with pytest.raises(Unknown):
            await yard.metadata.read(permissions.require_past, caller, name)


async def test_a_service_of_which_nothing_was_deployed_is_not_to_run(yard: Yard) -> None:
    both = (WEB, Service("job", "team/job"))
    await yard.apply(Environment("staging", both, follow="master"))
    assert (await yard.metadata.read(desired, "staging")).services == ()
    await yard.push(1, "master")
    found = await yard.metadata.read(desired, "staging")
    assert [one.service.name for one in found.services] == ["web"]


async def test_it_is_known_whether_anything_is_due(yard: Yard) -> None:
    await yard.apply(environment("production", follow="master", min_age=60))
    await yard.push(1, "master")
    assert not await yard.metadata.read(following.is_due)
    yard.time.advance(60_000)
    assert await yard.metadata.read(following.is_due)


async def test_a_status_has_when_a_host_was_heard_of_and_where_an_image_comes_from(
    yard: Yard,
) -> None:
    await yard.apply(environment("staging", follow="master", approvals=1))
    await yard.push(1, "master")
    await yard.approve("staging", "kees")
    await yard.write(agents.see, [Sighting("staging", "host"), Sighting("staging", "new")])
    await yard.report("staging")
    yard.time.advance(600_000)
    await yard.write(agents.see, [Sighting("staging", "host")])
    await yard.push(2, "master")
    found = await yard.metadata.read(status, "staging")
    assert [report.at for report in found.reports] == [yard.time()]
    assert [agent.host for agent in found.agents] == ["host", "new"]
    [image] = found.images
    assert (image.origin, image.awaited) == (origin(1), origin(2))
