"""The plan of a rollout: which steps, from what is due and what is there."""

from dataclasses import replace

from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.planning import Container, Running, plan, superfluous, undo
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Service
from longshore.delivery.rollouts.steps import (
    NEW,
    OLD,
    Create,
    Drain,
    Follow,
    Gate,
    Join,
    Prune,
    Pull,
    Remove,
    Rename,
    Restore,
    Return,
    SetRestart,
    Start,
    Stop,
    Watch,
)
from tests.delivery.rollouts.material import IMAGE, OTHER_IMAGE, WEB, container_of

HEALTH = WEB.health
OLD_RELEASE = Release(WEB, OTHER_IMAGE, 6)
THERE = container_of(OLD_RELEASE)


def release(service: Service = WEB) -> Release:
    return Release(service, IMAGE, 7)


def test_where_nothing_is_the_container_is_made_and_started() -> None:
    assert plan(release(), Running()) == (
        Pull(),
        Create("web-next-7", has_aliases=True),
        Rename(NEW, "web"),
        Start(NEW),
        Gate(NEW, HEALTH),
        SetRestart(NEW, "unless-stopped"),
        Watch(HEALTH),
        Prune(5),
    )


def test_where_what_is_due_runs_nothing_is_done() -> None:
    same = Release(WEB, IMAGE, 8)
    assert plan(release(), Running(container_of(same))) == ()


def test_the_new_one_is_proven_beside_the_old_one() -> None:
    assert plan(release(), Running(THERE)) == (
        Pull(),
        Create("web-next-7", has_aliases=False),
        Start(NEW),
        Gate(NEW, HEALTH),
        SetRestart(OLD, "no"),
        Rename(OLD, "web-prev-6-000000"),
        Rename(NEW, "web"),
        Stop(OLD),
        SetRestart(NEW, "unless-stopped"),
        Watch(HEALTH),
        Prune(5),
    )


def test_it_is_found_by_its_aliases_when_it_is_proven() -> None:
    service = replace(WEB, networks=(Network("front", ("www",)),), drain=3.0)
    steps = plan(release(service), Running(THERE))
    assert steps[3:6] == (Gate(NEW, HEALTH), Join(NEW), Gate(NEW, HEALTH))
    assert steps[8:11] == (Rename(NEW, "web"), Drain(3.0), Stop(OLD))


def test_where_only_one_can_hold_it_the_old_one_stops_first() -> None:
    service = replace(WEB, ports=(Port(80, 8080),), health=Health(watch=0), keep=2)
    assert plan(release(service), Running(THERE)) == (
        Pull(),
        Create("web-next-7", has_aliases=True),
        SetRestart(OLD, "no"),
        Stop(OLD),
        Rename(OLD, "web-prev-6-000000"),
        Rename(NEW, "web"),
        Start(NEW),
        Gate(NEW, service.health),
        SetRestart(NEW, "unless-stopped"),
        Prune(2),
    )


def test_so_it_does_when_it_has_anonymous_data_unless_it_is_said_otherwise() -> None:
    with_data = replace(THERE, data=("/data",))
    assert plan(release(), Running(with_data))[3] == Stop(OLD)
    service = replace(WEB, order="start-first", volumes=(Volume("/data"),))
    assert plan(release(service), Running(with_data))[2] == Start(NEW)


def test_one_that_does_not_run_has_nothing_to_stay_for() -> None:
    assert plan(release(), Running(replace(THERE, is_running=False)))[3] == Stop(OLD)


def test_a_one_shot_runs_to_its_end() -> None:
    service = replace(WEB, is_one_shot=True)
    ended = replace(THERE, is_running=False)
    steps = plan(release(service), Running(ended))
    assert steps[-4:] == (
        Start(NEW),
        Gate(NEW, HEALTH, is_one_shot=True),
        SetRestart(NEW, "no"),
        Prune(5),
    )


def test_what_was_made_by_others_has_its_place_taken_and_is_kept() -> None:
    foreign = Container("f" * 64, "web", restart="always")
    assert plan(release(), Running(foreign))[5] == Rename(OLD, "web-prev-ffffff")


def test_what_was_stopped_or_changed_by_hand_becomes_what_it_was() -> None:
    due = container_of(release())
    stopped = replace(due, is_running=False)
    assert plan(release(), Running(stopped)) == (Start(OLD), Gate(OLD, HEALTH))
    changed = replace(due, restart="always")
    assert plan(release(), Running(changed)) == (SetRestart(OLD, "unless-stopped"),)
    renamed = replace(due, name="web-old")
    assert plan(release(), Running(renamed)) == (Rename(OLD, "web"),)


def test_one_that_somebody_took_out_of_a_network_joins_it_again() -> None:
    service = replace(WEB, networks=(Network("front"), Network("back")))
    due = container_of(release(service), networks=frozenset({"front", "others"}))
    assert plan(release(service), Running(due)) == (Join(OLD),)
    there = replace(due, networks=frozenset({"front", "back"}))
    assert plan(release(service), Running(there)) == ()


def test_a_one_shot_that_has_run_does_not_run_again() -> None:
    service = replace(WEB, is_one_shot=True)
    ended = container_of(release(service), is_running=False)
    assert plan(release(service), Running(ended)) == ()
    failed = replace(ended, exit_code=1)
    assert plan(release(service), Running(failed))[0] == Start(OLD)


def test_one_in_the_network_of_a_container_that_is_gone_is_replaced() -> None:
    service = replace(WEB, network_mode="service:vpn")
    due = container_of(release(service), network_of="old")
    assert plan(release(service), Running(due, network="old")) == ()
    assert plan(release(service), Running(due, network="new"))[1] == Create(
        "web-next-7", has_aliases=True
    )
    assert Remove() in undo(release(service), Running(due, network="new"), Health())


def test_all_becomes_as_it_was() -> None:
    shown = Health(running=1)
    there = replace(THERE, restart="always")
    assert undo(release(), Running(there), shown) == (
        Stop(NEW),
        Remove(),
        Restore("web"),
        Rename(OLD, "web"),
        SetRestart(OLD, "always"),
        Start(OLD),
        Gate(OLD, shown),
    )


def test_what_did_not_run_is_not_started() -> None:
    steps = undo(release(), Running(replace(THERE, is_running=False)), HEALTH)
    assert steps[-1] == SetRestart(OLD, "unless-stopped")


def test_where_nothing_was_nothing_is_left() -> None:
    assert undo(release(), Running(), HEALTH) == (Stop(NEW), Remove())


def test_what_could_not_be_mended_stays() -> None:
    assert undo(release(), Running(container_of(release())), HEALTH) == ()


def test_what_is_in_its_network_comes_along_and_goes_back() -> None:
    sidecar = Container("c" * 64, "sidecar", network_of=THERE.id)
    running = Running(THERE, dependants=(sidecar,))
    beside = plan(release(), running)
    assert beside[6:9] == (Rename(NEW, "web"), Follow(sidecar.id), Stop(OLD))
    in_place = plan(release(replace(WEB, order="stop-first")), running)
    assert in_place[7:9] == (Gate(NEW, HEALTH), Follow(sidecar.id))
    assert undo(release(), running, HEALTH)[-2:] == (Gate(OLD, HEALTH), Return(sidecar.id))


def test_the_last_few_are_kept() -> None:
    earlier = [
        Container(str(n), f"web-prev-{n}-abc", is_running=False, created=f"2026-01-0{n}")
        for n in (1, 3, 2)
    ]
    others = [Container("a", "web"), Container("d", "web-prev-9", is_running=True)]
    assert [each.id for each in superfluous([*others, *earlier], "web", 1)] == ["2", "1"]
    assert superfluous(earlier, "web", 3) == ()


def test_what_nobody_remembers_goes() -> None:
    left, mine = Container("c", "web-next-7"), Container("d", "web-mine")
    assert superfluous([Container("a", "web"), left, mine], "web", 1) == (left,)
