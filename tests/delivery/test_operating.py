"""What somebody asks of an environment by hand, and what the rules make of it."""

import pytest

from longshore.delivery import decisions, operating
from longshore.delivery.deployments import ImageState
from longshore.delivery.environments import Environment
from longshore.delivery.errors import Blocked
from longshore.delivery.operating import Wish
from longshore.delivery.services import Service
from longshore.delivery.windows import Window
from longshore.oci.names import RepositoryName
from longshore.registry import garbage
from longshore.registry.refusals import Invalid, Unknown
from tests.delivery.yard import APP, SECOND, WEB, Yard, digest, environment

FOLLOWING = environment("production", follow="master")
APPROVED = environment("production", follow="master", approvals=2)


async def three_healthy(yard: Yard) -> None:
    """Images 1, 2 and 3 were run one after another."""
    await yard.apply(FOLLOWING)
    for number in (1, 2, 3):
        await yard.push(number, "master", f"1.0.{number}")
        await yard.report("production")


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


async def test_a_request_is_withdrawn_by_resume_and_by_going_back(yard: Yard) -> None:
    await three_healthy(yard)
    await yard.apply(APPROVED)
    await yard.push(4, "1.0.4")
    assert (await yard.deploy("production", "1.0.4")).request
    await yard.resume("production")
    assert (await yard.state("production")).request is None
    await yard.deploy("production", "1.0.4")
    state = await yard.rollback("production")
    assert (state.digest, state.request) == (digest(2), None)


async def test_what_is_asked_for_is_kept_by_the_registry(yard: Yard) -> None:
    await yard.apply(APPROVED)
    await yard.push(1, "1.0.0")
    await yard.deploy("production", "1.0.0")
    await yard.delete("1.0.0")
    yard.time.advance(10**12)
    await yard.metadata.write(garbage.collect, 50)
    for who in ("anna", "otto"):
        await yard.approve("production", who)
    assert await yard.runs("production") == digest(1)


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
