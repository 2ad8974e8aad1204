"""What somebody asks of an environment by hand, and what the rules make of it."""

import pytest

from longshore.delivery.environments import decisions, operating
from longshore.delivery.environments.deployments import ImageState
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.operating import Wish
from longshore.delivery.environments.windows import Window
from longshore.delivery.errors import Blocked
from longshore.delivery.rollouts.services import Service
from longshore.oci.names import RepositoryName
from longshore.registry.directory import Wanted
from longshore.registry.refusals import Invalid, Unknown
from tests.delivery.environments.yard import (
    APP,
    SECOND,
    WEB,
    Yard,
    digest,
    environment,
    three_healthy,
)

FOLLOWING = environment("production", follow="master")


async def test_what_is_asked_for_is_held_where_following_would_undo_it(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    await yard.push(2, "try-it")
    state = await yard.deploy("production", "try-it")
    assert (state.digest, state.name) == (digest(2), "try-it")
    assert state.hold
    assert state.hold.cause == "deploy"
    await yard.push(3, "master")
    assert await yard.runs("production") == digest(2)
    state = await yard.deploy("production", "master")
    assert (state.digest, state.hold) == (digest(3), None), "what is followed is followed again"


async def test_asking_for_what_runs_holds_it_or_lets_it_go(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    state = await yard.write(operating.pin, "production", Wish())
    assert state.hold
    assert state.hold.cause == "pin"
    await yard.push(1, "another")
    assert (await yard.deploy("production", "another")).hold is None
    await yard.push(2, "master")
    assert await yard.runs("production") == digest(2)
    assert len(await yard.deployments("production")) == 2


async def test_without_anything_to_follow_nothing_is_held(yard: Yard) -> None:
    await yard.apply(environment("by-hand"))
    await yard.push(1, "1.0.0")
    assert (await yard.deploy("by-hand", "1.0.0")).hold is None
    pinned = await yard.write(operating.pin, "by-hand", Wish(reference="1.0.0", reason="audit"))
    assert pinned.hold
    assert pinned.hold.reason == "audit"


async def test_a_pin_is_deployed_and_held(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    with pytest.raises(Blocked, match="runs nothing yet"):
        await yard.write(operating.pin, "production", Wish())
    await yard.push(1, "master", "1.0.0")
    await yard.push(2, "master")
    state = await yard.write(operating.pin, "production", Wish("app", "1.0.0"))
    assert state.digest == digest(1)
    assert state.hold
    await yard.push(3, "1.0.0", "master")
    assert await yard.runs("production") == digest(1)


async def test_a_freeze_may_end_by_itself(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    until = yard.time.now + 60 * SECOND
    await yard.write(operating.freeze, "production", "", until)
    await yard.push(1, "master")
    state = await yard.state("production")
    assert state.waiting
    assert state.waiting.text == "frozen by kees until 1970-02-11 16:01 UTC"
    await yard.advance(59)
    assert await yard.runs("production") is None
    await yard.advance(1)
    assert await yard.runs("production") == digest(1)
    with pytest.raises(Invalid, match="ends in the future"):
        await yard.write(operating.freeze, "production", "", yard.time.now)


async def test_outside_its_windows_nothing_is_asked_for(yard: Yard) -> None:
    await yard.apply(environment("production", windows=(Window("17:00-18:00"),)))
    await yard.push(1, "1.0.0")
    with pytest.raises(Blocked, match="the window opens 1970-02-11 17:00 UTC"):
        await yard.deploy("production", "1.0.0")
    await yard.advance(3600)
    assert (await yard.deploy("production", "1.0.0")).digest == digest(1)


JOB = RepositoryName("team/job")
TWO = Environment("two", (WEB, Service("job", JOB)), follow="master")


async def test_of_several_images_one_is_named(yard: Yard) -> None:
    await yard.apply(TWO)
    await yard.push(1, "master")
    await yard.push(2, "master", repository=JOB)
    with pytest.raises(Invalid, match="say which image: two has team/app, team/job"):
        await yard.write(operating.pin, "two", Wish())
    for name in ("job", "team/job"):
        state = await yard.write(operating.pin, "two", Wish(name))
        assert state.repository == JOB
    await yard.push(3, "master")
    assert await yard.runs("two") == digest(3), "the other one goes on"
    await yard.push(3, "master", repository=JOB)
    found = await yard.write(operating.resume, "two", Wish())
    assert [(one.repository, one.digest) for one in found] == [(APP, digest(3)), (JOB, digest(3))]
    with pytest.raises(Unknown, match="two has no service of web; it has team/app, team/job"):
        await yard.write(operating.pin, "two", Wish("web"))


async def test_a_name_that_may_be_two_images_is_neither(yard: Yard) -> None:
    other = Service("other", "other/app")
    await yard.apply(Environment("two", (WEB, other)))
    with pytest.raises(Invalid, match="app may be other/app or team/app"):
        await yard.write(operating.resume, "two", Wish("app"))


@pytest.mark.parametrize(
    ("wish", "kind"),
    [
        (Wish(reference="1.0.0"), Unknown),
        (Wish(reference=digest(9)), Unknown),
        (Wish(reference="sha256:abc"), Unknown),
        (Wish(reference="-x"), Unknown),
        (Wish(), Invalid),
        (Wish(reference="master", reason="x" * 501), Invalid),
        (Wish(reference="master", reason="a\nb"), Invalid),
    ],
)
async def test_what_is_not_there_is_not_deployed(
    yard: Yard, wish: Wish, kind: type[Exception]
) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    with pytest.raises(kind):
        await yard.write(operating.deploy, "production", wish)
    with pytest.raises(Unknown, match="no environment nowhere"):
        await yard.write(operating.deploy, "nowhere", wish)


async def test_the_history_says_who_and_why(yard: Yard) -> None:
    await three_healthy(yard)
    wish = Wish(reason="it was slow")
    state: ImageState = await yard.write(operating.rollback, "production", wish)
    line = (await yard.history("production"))[-2]
    assert (line.act, line.who, line.reason) == ("deploy", "kees", "rollback: it was slow")
    assert (line.former, line.digest, line.name) == (digest(3), digest(2), "master")
    assert state.waiting
    assert "on hold since the rollback by kees (it was slow)" in state.waiting.text


async def test_the_history_is_read_in_pages(yard: Yard) -> None:
    await three_healthy(yard)
    lines = (await yard.history("production"))[::-1]
    first, more = await yard.metadata.read(decisions.page, "production", None, 5)
    assert (first, more) == (lines[:5], True)
    rest, more = await yard.metadata.read(decisions.page, "production", first[-1].id, 5)
    assert (rest, more) == (lines[5:], False)


async def test_what_somebody_does_is_in_the_audit_log_as_well(yard: Yard) -> None:
    await yard.apply(FOLLOWING)
    await yard.push(1, "master")
    await yard.write(operating.pin, "production", Wish(reason="fair"))
    await yard.resume("production")
    found = await yard.metadata.read(lambda tx: tx.audit.page(0, 99, Wanted(target="production")))
    acts = ["create", "deploy", "hold", "resume"]
    assert [line.action for line in found] == [f"environment.{act}" for act in acts]
    assert found[2].actor.name == "kees"
    assert found[2].detail["reason"] == "fair"
    assert found[2].detail["digest"] == digest(1)


async def test_what_is_deployed_in_place_of_what_was_declared_is_held(yard: Yard) -> None:
    """The declaration names a version and follows nothing, and would undo it all the same."""
    await yard.apply(environment("production", pin="1.0.1"))
    for number in (1, 2):
        await yard.push(number, f"1.0.{number}")
    await yard.deploy("production", "1.0.2")
    hold = (await yard.state("production")).hold
    assert hold is not None
    assert hold.cause == "deploy"
