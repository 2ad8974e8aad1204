"""What the host runs itself in a rollout: before, to verify, and after the end."""

from dataclasses import replace

import pytest

from longshore.delivery.rollouts import compose
from longshore.delivery.rollouts.execution import Outcome, Unavailable, resume, roll_out
from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.planning import Running, plan
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Network, Port
from longshore.delivery.rollouts.services import Service
from longshore.delivery.rollouts.steps import (
    AFTER,
    BEFORE,
    NEW,
    OLD,
    VERIFY,
    Create,
    Down,
    Gate,
    Hook,
    Join,
    Moment,
    Pin,
    Prune,
    Pull,
    Remove,
    SetRestart,
    Start,
    Stop,
    Watch,
)
from longshore.delivery.rollouts.ways import Way, back, forward
from tests.delivery.rollouts.dock import Dock, KilledError
from tests.delivery.rollouts.material import BAD_IMAGE, IMAGE, OTHER_IMAGE, WEB, container_of

ALL: tuple[Moment, ...] = (BEFORE, VERIFY, AFTER)
BESIDE, IN_PLACE = WEB, replace(WEB, ports=(Port(80, 8080),))
services = pytest.mark.parametrize("service", [BESIDE, IN_PLACE], ids=["start-first", "stop-first"])
OLD_ONE = container_of(Release(WEB, IMAGE, 1))


def dock() -> Dock:
    """One that runs the first release, with every hook from now on."""
    there = Dock(bad_images={BAD_IMAGE})
    roll_out(there, there, Release(WEB, IMAGE, 1))
    there.hooks = ALL
    there.steps.clear()
    return there


def roll(there: Dock, service: Service = WEB, image: str = OTHER_IMAGE) -> Outcome:
    return roll_out(there, there, Release(service, image, 2))


def test_beside_the_old_one_hooks_come_before_the_start_and_before_anybody_finds_the_new_one() -> (
    None
):
    service = replace(WEB, networks=(Network("front", ("www",)),))
    steps = plan(Release(service, IMAGE, 2), Running(OLD_ONE, hooks=ALL))
    assert steps[:7] == (
        Pull(),
        Create("web-next-2", has_aliases=False),
        Hook(BEFORE, "web"),
        Start(NEW),
        Gate(NEW, WEB.health),
        Hook(VERIFY, "web-next-2"),
        Join(NEW),
    )
    assert steps[-2:] == (Prune(5), Hook(AFTER, "web"))


def test_in_its_place_hooks_come_before_the_old_one_stops_and_when_the_new_one_is_well() -> None:
    steps = plan(Release(IN_PLACE, IMAGE, 2), Running(OLD_ONE, hooks=ALL))
    assert steps[2:5] == (Hook(BEFORE, "web"), SetRestart(OLD, "no"), Stop(OLD))
    assert steps[8:10] == (Gate(NEW, WEB.health), Hook(VERIFY, "web"))


def test_a_compose_project_is_told_nothing_before_the_host_has_run_its_own() -> None:
    release = Release(WEB, OTHER_IMAGE, 2)
    running = Running(OLD_ONE, is_composed=True, pinned=IMAGE, hooks=ALL)
    steps = compose.plan(release, running)
    assert steps[:3] == (Pull(), Hook(BEFORE, "web"), Pin(OTHER_IMAGE, release.fingerprint))
    assert steps[4:6] == (Gate(NEW, WEB.health), Hook(VERIFY))
    assert steps[-3:] == (Watch(WEB.health), Prune(5), Hook(AFTER))


def test_what_was_stopped_by_hand_is_mended_without_hooks() -> None:
    stopped = replace(OLD_ONE, is_running=False)
    for is_composed in (False, True):
        running = Running(stopped, is_composed=is_composed, pinned=IMAGE, hooks=ALL)
        way = forward(Release(WEB, IMAGE, 1), running)
        assert way.steps
        assert not [each for each in (*way.steps, *way.last) if isinstance(each, Hook)]


def test_where_nothing_was_touched_the_way_back_touches_nothing() -> None:
    release, running = Release(WEB, OTHER_IMAGE, 2), Running(OLD_ONE, hooks=ALL)
    composed = replace(running, is_composed=True)
    assert back(release, running, Health(), is_untouched=True) == (Stop(NEW), Remove())
    assert back(release, composed, Health(), is_untouched=True) == ()
    first = Running(is_composed=True)
    assert back(release, first, Health(), is_untouched=False) == (Down(), Pin(""))
    assert forward(release, running).last == Way((), (Hook(AFTER, "web"),)).last


@services
def test_all_of_them_run_once_in_a_rollout_that_goes_well(service: Service) -> None:
    there = dock()
    assert roll(there, service) == Outcome("deployed")
    assert there.ran == ["before good", "verify good", "after good"]
    assert roll(there, service) == Outcome("unchanged")
    assert len(there.ran) == 3


@services
def test_one_before_that_fails_leaves_the_old_one_untouched(service: Service) -> None:
    there = dock()
    there.bad_hooks = {BEFORE}
    before = dict(there.containers)
    failure = roll(there, service).failure
    assert failure is not None
    assert (failure.step, failure.cause) == ("hook before", "it ended with 1")
    assert failure.answer == "no backup"
    assert there.containers == before
    assert OLD not in {getattr(step, "which", "") for step in there.steps}
    assert there.ran == ["before good", "after bad"]


def test_a_release_that_one_before_refused_is_not_tried_again_by_itself() -> None:
    there = dock()
    there.bad_hooks = {BEFORE}
    first = roll(there)
    assert roll(there) == first
    assert there.ran == ["before good", "after bad"]


def test_one_before_that_puts_it_off_is_asked_again_or_something_else_is_due() -> None:
    there = dock()
    there.late_hooks = {BEFORE}
    with pytest.raises(Unavailable, match="not now"):
        roll(there)
    assert there.read("web").rollout is None
    there.late_hooks.clear()
    assert roll_out(there, there, Release(WEB, BAD_IMAGE, 3)).result == "failed"
    assert roll(there) == Outcome("deployed")
    assert [each.name for each in there.running()] == ["web"]


@services
def test_one_that_verifies_brings_the_old_one_back(service: Service) -> None:
    there = dock()
    there.bad_hooks = {VERIFY}
    failure = roll(there, service).failure
    assert failure is not None
    assert failure.step == "hook verify"
    assert [each.image for each in there.running()] == [IMAGE]
    assert there.ran == ["before good", "verify good", "after bad"]


def test_one_after_that_fails_changes_nothing_and_is_remembered_until_the_next() -> None:
    there = dock()
    there.bad_hooks = {AFTER}
    assert roll(there) == Outcome("deployed")
    assert [each.image for each in there.running()] == [OTHER_IMAGE]
    assert there.read("web").remark == "hook after: it ended with 1\nno backup"
    roll(there)
    assert there.read("web").remark
    there.bad_hooks.clear()
    roll_out(there, there, Release(WEB, IMAGE, 3))
    assert there.read("web").remark == ""


def test_one_after_a_failure_that_fails_is_told_with_the_failure() -> None:
    there = dock()
    there.bad_hooks = {AFTER}
    failure = roll(there, image=BAD_IMAGE).failure
    assert failure is not None
    assert failure.cause == "it ended with 3; and hook after: it ended with 1\nno backup"
    assert there.read("web").remark == ""


@services
@pytest.mark.parametrize("image", [OTHER_IMAGE, BAD_IMAGE], ids=["good", "bad"])
def test_a_kill_at_any_act_leaves_no_hook_out(service: Service, image: str) -> None:
    """And those that ended well, and were written down so, do not run a second time."""
    for acts in range(200):
        there = dock()
        there.acts_left = acts
        try:
            roll(there, service, image)
        except KilledError:
            there.acts_left = None
            resume(there, there, "web")
            roll(there, service, image)
        else:
            assert acts > 20
            return
        told = "bad" if image == BAD_IMAGE else "good"
        wanted = ["before good", "verify good"][: 1 if image == BAD_IMAGE else 2]
        assert list(dict.fromkeys(there.ran)) == [*wanted, f"after {told}"]
        assert len(there.ran) <= len(wanted) + 2
        assert [each.name for each in there.running()] == ["web"]
    pytest.fail("it never ended")
