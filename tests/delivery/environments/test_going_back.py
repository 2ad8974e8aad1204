"""Going back: to what was healthy, or to what is named, and staying there."""

import pytest

from longshore.delivery.environments import operating
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.windows import Window
from longshore.delivery.errors import Blocked
from longshore.delivery.rollouts.services import Service
from longshore.registry import garbage
from tests.delivery.environments.yard import APP, Yard, digest, environment, three_healthy

FOLLOWING = environment("production", follow="master")


async def test_a_rollback_goes_back_and_stays_there_until_resume(yard: Yard) -> None:
    await three_healthy(yard)
    state = await yard.rollback("production")
    assert state.digest == digest(2)
    assert state.hold
    assert (state.hold.cause, state.hold.who) == ("rollback", "kees")
    await yard.push(4, "master")
    assert await yard.runs("production") == digest(2)
    assert await yard.waits("production") == ("held",)
    await yard.resume("production")
    assert await yard.runs("production") == digest(4)
    assert (await yard.state("production")).hold is None
    acts = await yard.acts("production")
    assert acts[-5:] == ["deploy", "wait", "wait", "resume", "deploy"]


async def test_going_back_twice_goes_further_back(yard: Yard) -> None:
    await three_healthy(yard)
    await yard.rollback("production")
    await yard.report("production")
    state = await yard.rollback("production")
    assert state.digest == digest(1)
    await yard.report("production")
    with pytest.raises(Blocked, match="has run no other image of team/app that was healthy"):
        await yard.rollback("production")


async def test_a_way_back_passes_over_what_was_never_healthy_and_what_is_gone(yard: Yard) -> None:
    await yard.apply(Environment("production", (Service("web", APP, keep=1),), follow="master"))
    for number in (1, 2):
        await yard.push(number, "master")
        await yard.report("production")
    await yard.push(3, "master")  # nobody reports
    await yard.push(4, "master")
    state = await yard.state("production")
    yard.time.advance(10**12)
    for _ in range(9):
        await yard.metadata.write(garbage.collect, 50)
    assert await yard.metadata.read(lambda tx: tx.manifests.by_digest(APP, digest(2))) is None
    assert state.digest == digest(4)
    with pytest.raises(Blocked):
        await yard.rollback("production")


async def test_a_rollback_may_name_what_it_goes_back_to(yard: Yard) -> None:
    await yard.apply(environment("production"))
    for number in (1, 2):
        await yard.push(number, f"1.0.{number}")
        await yard.deploy("production", f"1.0.{number}")
    state = await yard.rollback("production", "1.0.1")
    assert state.digest == digest(1)
    assert (await yard.deployments("production"))[-1].restores == 1
    assert (await yard.rollback("production", digest(2))).digest == digest(2)
    assert (await yard.rollback("production", "1")).digest == digest(1)
    with pytest.raises(Blocked, match=r"to run 1\.0\.1 already"):
        await yard.rollback("production", "1.0.1")
    with pytest.raises(Blocked):
        await yard.rollback("production", "1.0.9")


async def test_a_rollback_passes_every_gate(yard: Yard) -> None:
    await three_healthy(yard)
    closed = environment(
        "production", follow="master", approvals=1, windows=(Window(deny="Mon-Sun"),)
    )
    await yard.apply(closed)
    await yard.write(operating.freeze, "production", "", None)
    assert (await yard.rollback("production")).digest == digest(2)


async def test_nothing_is_gone_back_to_where_nothing_ran(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    with pytest.raises(Blocked):
        await yard.rollback("production")


async def test_a_freeze_stops_all_but_a_way_back(yard: Yard) -> None:
    await three_healthy(yard)
    await yard.write(operating.freeze, "production", "incident 7", None)
    await yard.push(4, "master")
    assert await yard.waits("production") == ("frozen",)
    with pytest.raises(Blocked, match="does not change now: frozen by kees: incident 7"):
        await yard.deploy("production", "master")
    assert (await yard.rollback("production")).digest == digest(2)
    await yard.resume("production")
    assert await yard.runs("production") == digest(2)
    await yard.write(operating.unfreeze, "production", "over")
    assert await yard.runs("production") == digest(4)
    await yard.write(operating.unfreeze, "production", "again")
    acts = await yard.acts("production")
    assert acts.count("unfreeze") == acts.count("freeze") == 1
