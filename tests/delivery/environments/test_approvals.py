"""Who has to be in favour of an image, and when that counts."""

import pytest

from longshore.delivery.environments import operating
from longshore.delivery.errors import Blocked
from longshore.registry import garbage
from tests.delivery.environments.yard import APP, Yard, digest, environment, three_healthy

FOLLOWING = environment("production", follow="master")
APPROVED = environment("production", follow="master", approvals=2)


async def is_kept(yard: Yard, number: int) -> bool:
    """Whether the registry is to keep the image for an environment."""
    return bool(await yard.metadata.read(lambda tx: tx.pins.holder(APP, digest(number))))


async def test_what_is_asked_for_awaits_approval_by_others(yard: Yard) -> None:
    await yard.apply(APPROVED)
    await yard.push(1, "1.0.0")
    state = await yard.deploy("production", "1.0.0")
    assert state.digest is None
    assert state.request
    assert await yard.waits("production") == ("unapproved",)
    with pytest.raises(Blocked, match="kees asked for it"):
        await yard.approve("production", "kees")
    await yard.approve("production", "anna")
    await yard.approve("production", "anna")  # again, which counts once
    assert await yard.runs("production") is None
    state = await yard.approve("production", "otto")
    assert (state.digest, state.request, state.approvals) == (digest(1), None, ())
    [deployment] = await yard.deployments("production")
    assert (deployment.who, deployment.cause) == ("kees", "deploy")
    acts = await yard.acts("production")
    assert acts == ["create", "request", "wait", "approve", "approve", "deploy", "hold"]


async def test_an_approval_given_before_does_not_count_for_who_asks(yard: Yard) -> None:
    await yard.apply(environment("production", approvals=1))
    await yard.push(1, "1.0.0")
    await yard.approve("production", "kees", "1.0.0")
    assert (await yard.deploy("production", "1.0.0")).request
    await yard.push(2, "2.0.0")
    await yard.approve("production", "anna", "2.0.0")
    state = await yard.deploy("production", "2.0.0")
    assert (state.digest, state.request) == (digest(2), None)


async def test_who_asks_for_one_image_may_approve_another(yard: Yard) -> None:
    await yard.apply(APPROVED)
    await yard.push(1, "1.0.0")
    await yard.push(2, "2.0.0")
    await yard.deploy("production", "1.0.0")
    state = await yard.approve("production", "kees", "2.0.0")
    assert [(each.digest, each.who) for each in state.approvals] == [(digest(2), "kees")]


async def test_what_is_followed_awaits_approval_and_anybody_counts(yard: Yard) -> None:
    await yard.apply(APPROVED)
    await yard.push(1, "master")
    await yard.approve("production", "anna")
    await yard.push(2, "master")
    await yard.approve("production", "otto", digest(2))
    assert await yard.runs("production") is None
    await yard.approve("production", "anna")
    assert await yard.runs("production") == digest(2)


async def test_an_approval_is_good_for_one_deployment(yard: Yard) -> None:
    await yard.apply(environment("production", approvals=1))
    for number in (1, 2):
        await yard.push(number, f"{number}.0.0")
        await yard.approve("production", "anna", f"{number}.0.0")
        await yard.deploy("production", f"{number}.0.0")
    assert (await yard.deploy("production", "1.0.0")).request


async def test_nothing_is_approved_where_nothing_awaits_it(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    with pytest.raises(Blocked, match="nothing of team/app awaits approval"):
        await yard.approve("production", "anna")
    await yard.write(operating.freeze, "production", "", None)
    await yard.push(2, "master")
    assert await yard.waits("production") == ("frozen",)
    with pytest.raises(Blocked, match="nothing of team/app awaits approval"):
        await yard.approve("production", "anna")


async def test_what_awaits_approval_is_told_of_a_freeze_at_once(yard: Yard) -> None:
    await yard.apply(APPROVED)
    await yard.push(1, "master")
    assert await yard.waits("production") == ("unapproved",)
    await yard.write(operating.freeze, "production", "", None)
    assert set(await yard.waits("production")) == {"unapproved", "frozen"}


async def test_a_request_is_withdrawn_by_resume_and_by_going_back(yard: Yard) -> None:
    await three_healthy(yard)
    await yard.apply(APPROVED)
    await yard.push(4, "1.0.4")
    assert (await yard.deploy("production", "1.0.4")).request
    await yard.resume("production")
    assert (await yard.state("production")).request is None
    await yard.deploy("production", "1.0.4")
    assert await is_kept(yard, 4)
    state = await yard.rollback("production")
    assert (state.digest, state.request) == (digest(2), None)
    assert not await is_kept(yard, 4)


async def test_what_is_asked_for_is_kept_by_the_registry(yard: Yard) -> None:
    await yard.apply(APPROVED)
    await yard.push(1, "1.0.0")
    await yard.deploy("production", "1.0.0")
    assert await is_kept(yard, 1)
    await yard.delete("1.0.0")
    yard.time.advance(10**12)
    await yard.metadata.write(garbage.collect, 50)
    for who in ("anna", "otto"):
        await yard.approve("production", who)
    assert await yard.runs("production") == digest(1)
