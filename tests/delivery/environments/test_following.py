"""Environments follow tags: with the very move, and when time has opened a gate."""

import pytest

from longshore.delivery.environments import following
from longshore.delivery.environments.windows import Window
from longshore.registry import garbage, manifests
from tests.delivery.environments.yard import APP, SECOND, Yard, digest, environment


async def test_a_tag_moves_and_what_is_to_run_with_it(yard: Yard) -> None:
    await yard.apply(environment("development", follow="develop"))
    assert await yard.runs("development") is None
    for number in (1, 2):
        await yard.push(number, "develop")
        assert await yard.runs("development") == digest(number)
    await yard.push(3, "master")
    assert await yard.runs("development") == digest(2)
    [first, second] = await yard.deployments("development")
    assert (first.ended_at, second.ended_at) == (yard.time.now, None)
    assert (second.cause, second.who, second.name) == ("follow", "pusher", "develop")


async def test_what_the_tag_names_already_is_run_at_once(yard: Yard) -> None:
    await yard.push(1, "develop")
    await yard.apply(environment("development", follow="develop"))
    assert await yard.runs("development") == digest(1)


async def test_the_same_image_again_is_no_deployment(yard: Yard) -> None:
    await yard.apply(environment("development", follow="develop"))
    await yard.push(1, "develop")
    await yard.push(1, "develop", "master")
    assert len(await yard.deployments("development")) == 1


async def test_a_tag_that_is_deleted_stops_nothing(yard: Yard) -> None:
    await yard.apply(environment("development", follow="develop"))
    await yard.push(1, "develop")
    await yard.delete("develop")
    assert await yard.runs("development") == digest(1)
    yard.time.advance(10**12)
    await yard.metadata.write(garbage.collect, 50)
    assert (await yard.metadata.read(manifests.find, APP, digest(1))).digest == digest(1)
    await yard.push(2, "develop")
    assert await yard.runs("development") == digest(2)


async def test_a_range_goes_up_and_never_down(yard: Yard) -> None:
    await yard.apply(environment("production", follow="~1.0"))
    for number, version, expected in ((5, "1.0.5", 5), (4, "1.0.4", 5), (6, "1.0.6", 6)):
        await yard.push(number, version)
        assert await yard.runs("production") == digest(expected)
    for number, version in ((7, "1.1.0"), (8, "1.0.7-rc.1"), (9, "1.0")):
        await yard.push(number, version)
        assert await yard.runs("production") == digest(6)
    await yard.delete("1.0.6")
    assert await yard.runs("production") == digest(6)
    await yard.push(2, "1.0.10")
    assert await yard.runs("production") == digest(2)


async def test_a_range_finds_its_versions_among_very_many(yard: Yard) -> None:
    await yard.push(1, *(f"1.0.{patch}" for patch in range(1100)))
    await yard.push(2, "1.0.2000")
    await yard.push(3, "1.00.1", "1.1.0", "2.0.0")
    await yard.apply(environment("production", follow="~1.0"), environment("all", follow="*"))
    assert await yard.runs("production") == digest(2)
    assert await yard.runs("all") == digest(3)


async def test_a_pin_waits_for_its_tag_and_follows_it_nowhere(yard: Yard) -> None:
    await yard.apply(environment("production", pin="1.0.5"))
    assert await yard.runs("production") is None
    await yard.push(1, "1.0.5")
    assert await yard.runs("production") == digest(1)
    await yard.push(2, "1.0.5")
    assert await yard.runs("production") == digest(1)
    await yard.apply(environment("production", pin="1.0.6"))
    assert await yard.runs("production") == digest(1)
    await yard.push(3, "1.0.6")
    assert await yard.runs("production") == digest(3)


async def test_an_image_that_is_too_young_waits_until_it_is_old_enough(yard: Yard) -> None:
    await yard.apply(environment("production", follow="master", min_age=60))
    await yard.push(1, "master")
    assert await yard.waits("production") == ("young",)
    await yard.advance(59)
    await yard.push(2, "develop")
    assert await yard.runs("production") is None
    await yard.advance(1)
    assert await yard.runs("production") == digest(1)
    assert await yard.acts("production") == ["create", "wait", "deploy"]


async def test_the_age_is_that_of_the_image_and_not_of_the_tag(yard: Yard) -> None:
    await yard.apply(environment("production", follow="master", min_age=60))
    await yard.push(1, "master")
    await yard.advance(40)
    await yard.push(2, "master")
    await yard.advance(40)
    assert await yard.runs("production") is None
    await yard.advance(20)
    assert await yard.runs("production") == digest(2)


async def test_a_window_opens_and_what_waited_is_deployed(yard: Yard) -> None:
    """The clock of the tests begins at 16:00."""
    await yard.apply(environment("production", follow="master", windows=(Window("17:00-18:00"),)))
    await yard.push(1, "master")
    assert await yard.waits("production") == ("closed",)
    state = await yard.state("production")
    assert state.waiting
    assert state.waiting.text == "the window opens 1970-02-11 17:00 UTC"
    await yard.advance(3599)
    assert await yard.runs("production") is None
    await yard.advance(1)
    assert await yard.runs("production") == digest(1)
    await yard.advance(3600)
    await yard.push(2, "master")
    assert await yard.runs("production") == digest(1)


async def test_what_is_replaced_while_it_waits_is_never_deployed(yard: Yard) -> None:
    await yard.apply(environment("production", follow="master", windows=(Window("17:00-18:00"),)))
    await yard.push(1, "master")
    await yard.push(2, "master")
    await yard.advance(3600)
    assert [each.digest for each in await yard.deployments("production")] == [digest(2)]


async def test_what_waits_is_forgotten_when_its_tag_goes_back(yard: Yard) -> None:
    await yard.apply(environment("production", follow="master"))
    await yard.push(1, "master")
    await yard.apply(environment("production", follow="master", windows=(Window(deny="Mon-Sun"),)))
    await yard.push(2, "master")
    assert await yard.waits("production") == ("closed",)
    state = await yard.state("production")
    assert state.waiting
    assert state.waiting.text == "the window never opens"
    await yard.push(1, "master")
    assert await yard.waits("production") == ()


async def test_every_gate_that_is_closed_is_told_once(yard: Yard) -> None:
    await yard.apply(
        environment("staging", follow="master"),
        environment(
            "production",
            follow="master",
            min_age=60,
            promote_from="staging",
            approvals=2,
            windows=(Window("17:00-18:00"),),
        ),
    )
    await yard.push(1, "master")
    assert await yard.waits("production") == ("young", "unverified", "unapproved", "closed")
    await yard.advance(60)
    await yard.advance(3540)
    assert await yard.waits("production") == ("unverified", "unapproved")
    assert await yard.acts("production") == ["create", "wait"], "less in the way is no news"


async def test_environments_that_follow_nothing_do_not_move_by_themselves(yard: Yard) -> None:
    await yard.apply(environment("by-hand"))
    await yard.push(1, "master", "latest", "1.0.0")
    assert await yard.runs("by-hand") is None
    assert await yard.waits("by-hand") == ()


async def test_nothing_is_looked_at_when_nothing_is_due(yard: Yard) -> None:
    await yard.apply(environment("production", follow="master", min_age=60))
    assert await yard.metadata.write(following.look_due) == 0
    await yard.push(1, "master")
    yard.time.advance(60 * SECOND)
    assert await yard.metadata.write(following.look_due) == 1
    assert await yard.metadata.write(following.look_due) == 0


async def test_an_environment_that_is_gone_is_not_looked_at(yard: Yard) -> None:
    await yard.metadata.write(following.look, "nowhere")
    with pytest.raises(AssertionError):
        await yard.state("nowhere")
