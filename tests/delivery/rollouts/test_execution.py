"""Rollouts, carried out: what is due runs, or all is as before; also after a kill at any act."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.rollouts.execution import (
    FAILURES,
    Failure,
    Outcome,
    Record,
    Rollout,
    Unavailable,
    keep_up,
    resume,
    roll_out,
)
from longshore.delivery.rollouts.planning import Container
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Port
from longshore.delivery.rollouts.services import Service
from longshore.delivery.rollouts.steps import OLD, Gate, Pull, Step, Stop
from tests.delivery.rollouts.dock import Dock, KilledError
from tests.delivery.rollouts.material import BAD_IMAGE, IMAGE, OTHER_IMAGE, WEB

BESIDE, IN_PLACE = WEB, replace(WEB, ports=(Port(80, 8080),))
services = pytest.mark.parametrize("service", [BESIDE, IN_PLACE], ids=["start-first", "stop-first"])


def dock() -> Dock:
    return Dock(bad_images={BAD_IMAGE})


def roll(there: Dock, service: Service, image: str, number: int) -> Outcome:
    return roll_out(there, there, Release(service, image, number))


def only(there: Dock) -> Container:
    """The one that runs, in its place and to stay there."""
    [running] = there.running()
    assert (running.name, running.restart) == ("web", "unless-stopped")
    assert all(each.restart == "no" for each in there.containers.values() if each != running)
    return running


@services
def test_one_release_after_another(service: Service) -> None:
    there = dock()
    assert roll(there, service, IMAGE, 1) == Outcome("deployed")
    assert roll(there, service, IMAGE, 1) == Outcome("unchanged")
    assert roll(there, service, OTHER_IMAGE, 2) == Outcome("deployed")
    assert only(there).image == OTHER_IMAGE
    assert there.read("web") == Record(good=Release(service, OTHER_IMAGE, 2))


@services
def test_a_release_that_fails_leaves_all_as_it_was(service: Service) -> None:
    there = dock()
    roll(there, service, IMAGE, 1)
    before = dict(there.containers)
    outcome = roll(there, service, BAD_IMAGE, 2)
    assert there.containers == before
    failure = Failure(
        Release(service, BAD_IMAGE, 2),
        "gate new",
        "it ended with 3",
        answer="500",
        logs="I can not start",
    )
    assert outcome == Outcome("failed", failure)
    assert there.read("web") == Record(good=Release(service, IMAGE, 1), failures=(failure,))


def test_the_first_release_that_fails_leaves_nothing() -> None:
    there = dock()
    assert roll(there, WEB, BAD_IMAGE, 1).result == "failed"
    assert there.containers == {}


def test_what_failed_is_not_tried_again_until_somebody_decides_so() -> None:
    there = dock()
    roll(there, WEB, IMAGE, 1)
    first = roll(there, WEB, BAD_IMAGE, 2)
    there.steps.clear()
    assert roll(there, WEB, BAD_IMAGE, 2) == first
    assert there.steps == []
    there.bad_images.clear()
    assert roll(there, WEB, BAD_IMAGE, 3) == Outcome("deployed")


def test_another_service_of_the_same_number_is_another_try() -> None:
    there = dock()
    roll(there, WEB, BAD_IMAGE, 1)
    there.bad_images.clear()
    assert roll(there, replace(WEB, command=("serve",)), BAD_IMAGE, 1) == Outcome("deployed")


def test_what_ran_before_a_failure_is_kept_up() -> None:
    there = dock()
    roll(there, WEB, IMAGE, 1)
    roll(there, WEB, BAD_IMAGE, 2)
    there.add(replace(only(there), is_running=False))
    assert roll(there, WEB, BAD_IMAGE, 2).result == "failed"
    assert only(there).image == IMAGE


def test_what_ran_last_is_kept_up_without_anything_new() -> None:
    there = dock()
    keep_up(there, there, "web")
    assert there.containers == {}
    roll(there, WEB, IMAGE, 1)
    there.acts_left = 9
    with pytest.raises(KilledError):
        roll(there, WEB, OTHER_IMAGE, 2)
    there.acts_left = None
    keep_up(there, there, "web")
    assert only(there).image == OTHER_IMAGE
    there.add(replace(only(there), is_running=False))
    keep_up(there, there, "web")
    assert only(there).image == OTHER_IMAGE


def test_what_somebody_stops_or_removes_comes_back() -> None:
    there = dock()
    roll(there, WEB, IMAGE, 1)
    there.add(replace(only(there), is_running=False))
    assert roll(there, WEB, IMAGE, 1) == Outcome("mended")
    there.containers.clear()
    assert roll(there, WEB, IMAGE, 1) == Outcome("deployed")
    assert only(there).image == IMAGE


def test_what_can_not_be_mended_is_told() -> None:
    there = dock()
    roll(there, WEB, IMAGE, 1)
    there.bad_images.add(IMAGE)
    there.add(replace(only(there), is_running=False))
    assert roll(there, WEB, IMAGE, 1).result == "failed"
    assert roll(there, WEB, IMAGE, 1).result == "failed"
    assert len(there.read("web").failures) == 1


def test_the_same_under_a_new_number_is_remembered_and_not_done() -> None:
    there = dock()
    roll(there, WEB, IMAGE, 1)
    there.steps.clear()
    assert roll(there, WEB, IMAGE, 2) == Outcome("unchanged")
    assert there.steps == []
    assert there.read("web").good == Release(WEB, IMAGE, 2)


def test_an_image_that_is_missing_touches_nothing() -> None:
    there = dock()
    roll(there, WEB, IMAGE, 1)
    there.missing_images.add(OTHER_IMAGE)
    before = dict(there.containers)
    assert roll(there, WEB, OTHER_IMAGE, 2).result == "failed"
    assert there.containers == before


@services
def test_an_old_container_that_is_not_well_again_is_told(service: Service) -> None:
    there = dock()
    roll(there, service, IMAGE, 1)
    there.bad_images.add(IMAGE)
    outcome = roll(there, service, BAD_IMAGE, 2)
    assert outcome.failure is not None
    assert not outcome.failure.is_restored
    assert "and the old container is not well" in outcome.failure.cause


def test_an_old_container_that_is_gone_is_made_again() -> None:
    class Fleeting(Dock):
        """Its containers vanish when they stop, until the old one is made again."""

        def perform(self, step: Step, rollout: Rollout) -> None:
            super().perform(step, rollout)
            if step == Stop(OLD):
                del self.containers[foreign.id]

    foreign = Container("f" * 64, "web", image="any", restart="always")
    there = Fleeting(bad_images={BAD_IMAGE})
    there.add(foreign)
    assert roll(there, IN_PLACE, BAD_IMAGE, 1).result == "failed"
    assert there.containers == {foreign.id: foreign}


def test_a_silent_engine_is_nobodys_failure() -> None:
    there = dock()
    roll(there, WEB, IMAGE, 1)
    there.silent = True
    with pytest.raises(Unavailable):
        roll(there, WEB, OTHER_IMAGE, 2)
    there.silent = False
    assert roll(there, WEB, OTHER_IMAGE, 2) == Outcome("deployed")


def test_a_registry_that_is_down_leaves_room_for_another_release() -> None:
    class Offline(Dock):
        def perform(self, step: Step, rollout: Rollout) -> None:
            if isinstance(step, Pull) and rollout.release.image == OTHER_IMAGE:
                raise Unavailable("the registry does not answer")
            super().perform(step, rollout)

    there = Offline()
    roll(there, WEB, IMAGE, 1)
    with pytest.raises(Unavailable):
        roll(there, WEB, OTHER_IMAGE, 2)
    assert there.read("web") == Record(good=Release(WEB, IMAGE, 1))
    assert roll(there, WEB, IMAGE, 3) == Outcome("unchanged")


def test_an_engine_that_falls_silent_in_between_is_waited_for() -> None:
    class Stuttering(Dock):
        def perform(self, step: Step, rollout: Rollout) -> None:
            if isinstance(step, Gate) and self.silent_gates:
                self.silent_gates -= 1
                raise Unavailable("the engine does not answer")
            super().perform(step, rollout)

        silent_gates = 1

    there = Stuttering()
    with pytest.raises(Unavailable):
        roll(there, WEB, IMAGE, 1)
    assert resume(there, there, "web") == Outcome("deployed")
    assert resume(there, there, "web") is None
    assert only(there).image == IMAGE


def test_one_rollout_of_a_service_at_a_time() -> None:
    there = dock()
    with there.hold("web"), pytest.raises(Unavailable):
        roll(there, WEB, IMAGE, 1)


def test_the_newest_failures_are_remembered() -> None:
    there = dock()
    for number in range(FAILURES + 2):
        roll(there, WEB, BAD_IMAGE, number)
    remembered = [failure.release.number for failure in there.read("web").failures]
    assert remembered == list(range(FAILURES + 1, 1, -1))


def killed_after(service: Service, image: str, acts: int) -> Dock | None:
    """A dock whose second rollout was killed after so many half acts; None if it ended before."""
    there = dock()
    roll(there, service, IMAGE, 1)
    there.acts_left = acts
    try:
        roll(there, service, image, 2)
    except KilledError:
        there.acts_left = None
        return there
    return None


@services
@pytest.mark.parametrize("image", [OTHER_IMAGE, BAD_IMAGE], ids=["good", "bad"])
def test_a_kill_at_any_act_leaves_one_that_runs(service: Service, image: str) -> None:
    acts = 0
    while there := killed_after(service, image, acts):
        if acts % 2:  # else the next rollout finds it unfinished
            resume(there, there, "web")
            assert only(there).image in {IMAGE, image} - there.bad_images
        roll(there, service, image, 2)
        assert only(there).image == (IMAGE if image == BAD_IMAGE else OTHER_IMAGE)
        assert there.read("web").rollout is None
        acts += 1
    assert acts > 20


@given(
    st.lists(
        st.tuples(
            st.sampled_from([BESIDE, IN_PLACE]),
            st.sampled_from([IMAGE, OTHER_IMAGE, BAD_IMAGE]),
            st.one_of(st.none(), st.integers(0, 60)),
        ),
        max_size=8,
    )
)
def test_releases_and_kills_in_any_order_leave_one_that_runs(
    releases: list[tuple[Service, str, int | None]],
) -> None:
    there = dock()
    roll(there, WEB, IMAGE, 0)
    for number, (service, image, acts) in enumerate(releases, 1):
        before = only(there).image
        there.acts_left = acts
        with contextlib.suppress(KilledError):
            roll(there, service, image, number)
        there.acts_left = None
        resume(there, there, "web")
        assert only(there).image in {before, image} - there.bad_images
    kept = [each for each in there.containers.values() if not each.is_running]
    assert len(kept) <= WEB.keep
