"""The steps of a rollout of a Compose project's service, forward and back."""

from dataclasses import replace

import pytest

from longshore.delivery.rollouts.compose import plan, said_twice, undo
from longshore.delivery.rollouts.health import Check, Health
from longshore.delivery.rollouts.planning import Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Port
from longshore.delivery.rollouts.steps import NEW, OLD, Down, Gate, Pin, Prune, Pull, Up, Watch
from tests.delivery.rollouts.material import BAD_IMAGE, IMAGE, OTHER_IMAGE, WEB, container_of

FIRST = Release(WEB, IMAGE, 1)
SECOND = Release(WEB, OTHER_IMAGE, 2)


def running(release: Release, **fields: object) -> Running:
    container = container_of(release, **fields)
    return Running(container, is_composed=True, pinned=release.image)


def test_the_image_is_here_before_the_project_is_told() -> None:
    forward = (
        Pull(),
        Pin(OTHER_IMAGE, SECOND.fingerprint),
        Up(),
        Gate(NEW, WEB.health),
        Watch(WEB.health),
        Prune(WEB.keep),
    )
    assert plan(SECOND, running(FIRST)) == forward
    assert plan(SECOND, Running(is_composed=True)) == forward


def test_nothing_is_done_where_it_runs_and_the_project_says_so() -> None:
    assert plan(FIRST, running(FIRST)) == ()


def test_what_was_stopped_is_brought_up() -> None:
    assert plan(FIRST, running(FIRST, is_running=False)) == (Up(), Gate(NEW, WEB.health))
    assert undo(FIRST, running(FIRST, is_running=False), Health()) == ()


@pytest.mark.parametrize("pinned", ["", BAD_IMAGE])
def test_a_project_that_says_something_else_is_told_again(pinned: str) -> None:
    steps = plan(FIRST, replace(running(FIRST), pinned=pinned))
    assert Pin(IMAGE, FIRST.fingerprint) in steps


def test_the_way_back_is_the_old_image_in_the_state_that_it_was_in() -> None:
    health, back = Health(running=1), Pin(IMAGE, FIRST.fingerprint)
    assert undo(SECOND, running(FIRST), health) == (back, Up(), Gate(OLD, health))
    stopped = running(FIRST, is_running=False)
    assert undo(SECOND, stopped, health) == (back, Up(is_started=False))


def test_the_way_back_from_a_first_one_is_none_at_all() -> None:
    assert undo(FIRST, Running(is_composed=True), Health()) == (Down(), Pin(""))


def test_the_file_of_compose_says_what_a_container_is() -> None:
    assert said_twice(replace(WEB, health=Health(running=1), keep=2, depends_on=("db",))) == ()
    checked = replace(WEB, ports=(Port(80, 8080),), health=Health(check=Check(("true",))))
    assert said_twice(checked) == ("ports", "health.check")
