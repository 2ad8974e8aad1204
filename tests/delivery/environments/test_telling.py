"""What environments tell of: healthy, failed, taken back, gone back, and awaiting approval."""

from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Event, Kind
from longshore.delivery.notifications.subscriptions import Wish
from longshore.registry.patterns import Pattern
from tests.delivery.environments.yard import APP, Yard, digest, environment
from tests.delivery.notifications.letters import taken

FOLLOWING = environment("staging", follow="master")


async def subscribe(yard: Yard) -> None:
    wish = Wish("ops", "email", "ops@example.com", environments=Pattern("**"))
    await yard.write(subscriptions.add, wish)


async def told(yard: Yard) -> list[Event]:
    return await taken(yard.metadata, "ops")


def event(
    kind: Kind, number: int, former: int = 0, *, tag: str = "master", reason: str = ""
) -> Event:
    before = digest(former) if former else ""
    return Event(kind, APP, tag, digest(number), before, environment="staging", reason=reason)


async def test_a_deployment_is_told_of_when_it_is_healthy_and_once(yard: Yard) -> None:
    await subscribe(yard)
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    assert await told(yard) == []
    for _ in range(2):
        await yard.report("staging")
    assert await told(yard) == [event(Kind.DEPLOYED, 1)]


async def test_what_fails_and_is_taken_back_is_told_with_the_reason(yard: Yard) -> None:
    await subscribe(yard)
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    await yard.report("staging")
    await yard.push(2, "master")
    await told(yard)
    await yard.report("staging", "failed")
    assert await told(yard) == [
        event(Kind.FAILED, 2, reason="web on host"),
        event(Kind.ROLLED_BACK, 1, 2, reason="master failed"),
    ]


async def test_who_goes_back_is_told_of(yard: Yard) -> None:
    await subscribe(yard)
    await yard.apply(FOLLOWING)
    for number in (1, 2):
        await yard.push(number, "master")
        await yard.report("staging")
    await told(yard)
    await yard.rollback("staging")
    assert await told(yard) == [event(Kind.ROLLED_BACK, 1, 2)]


async def test_what_awaits_approval_is_told_of_once(yard: Yard) -> None:
    await subscribe(yard)
    await yard.apply(environment("staging", follow="master", approvals=2))
    await yard.push(1, "master")
    expected = [event(Kind.AWAITING_APPROVAL, 1)]
    assert await told(yard) == expected
    await yard.approve("staging", "anna")
    await yard.advance(60)
    assert await told(yard) == []
    await yard.push(2, "master")
    assert await told(yard) == [event(Kind.AWAITING_APPROVAL, 2)]


async def test_who_asks_for_an_image_that_takes_approval_is_told_of(yard: Yard) -> None:
    await subscribe(yard)
    await yard.apply(environment("staging", approvals=1))
    await yard.push(1, "1.0")
    await yard.deploy("staging", "1.0")
    assert await told(yard) == [event(Kind.AWAITING_APPROVAL, 1, tag="1.0")]
    await yard.approve("staging", "anna")
    await yard.report("staging")
    assert await told(yard) == [event(Kind.DEPLOYED, 1, tag="1.0")]


async def test_a_digest_is_no_tag(yard: Yard) -> None:
    await subscribe(yard)
    await yard.apply(environment("staging"))
    await yard.push(1, "1.0")
    await yard.deploy("staging", digest(1))
    await yard.report("staging")
    assert await told(yard) == [event(Kind.DEPLOYED, 1, tag="")]


async def test_what_waits_already_is_told_when_it_comes_to_take_an_approval(yard: Yard) -> None:
    """Nobody would know otherwise: that it waits was told before there was anything to approve."""
    await subscribe(yard)
    await yard.apply(environment("staging", follow="master", min_age=60))
    await yard.push(1, "master")
    await yard.apply(environment("staging", follow="master", min_age=60, approvals=1))
    assert [one.kind for one in await told(yard)] == [Kind.AWAITING_APPROVAL]
    assert (await yard.acts("staging")).count("wait") == 2
    await yard.push(1, "another")
    await yard.advance(30)
    assert await told(yard) == []
    assert (await yard.acts("staging")).count("wait") == 2
