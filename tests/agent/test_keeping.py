"""One round over the services of a host."""

from dataclasses import replace

from longshore.agent.keeping import keep
from longshore.agent.ports import Due, Report
from longshore.delivery.rollouts.execution import Failure
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.delivery.rollouts.steps import AFTER
from tests.delivery.rollouts.dock import Dock
from tests.delivery.rollouts.material import BAD_IMAGE, IMAGE, OTHER_IMAGE

DB, WEB = Service("db", "team/db"), Service("web", "team/web", depends_on=("db",))


def kept(there: Dock, *releases: Release) -> list[Report]:
    told: list[Report] = []
    keep(Due(1, releases), there, there, told.append)
    return told


def running(there: Dock) -> dict[str, str]:
    return {each.name: each.image for each in there.running()}


def test_services_come_up_in_their_order_and_are_told() -> None:
    there = Dock()
    told = kept(there, Release(WEB, IMAGE, 2), Release(DB, OTHER_IMAGE, 1))
    assert told == [
        Report("db", 1, "starting"),
        Report("db", 1, "healthy", OTHER_IMAGE),
        Report("web", 2, "starting"),
        Report("web", 2, "healthy", IMAGE),
    ]
    assert running(there) == {"db": OTHER_IMAGE, "web": IMAGE}


def test_what_runs_is_told_again() -> None:
    there = Dock()
    releases = (Release(DB, OTHER_IMAGE, 1), Release(WEB, IMAGE, 2))
    kept(there, *releases)
    assert kept(there, *releases) == [
        Report("db", 1, "healthy", OTHER_IMAGE),
        Report("web", 2, "healthy", IMAGE),
    ]


def test_a_failure_is_told_with_what_was_seen_and_with_what_runs() -> None:
    there = Dock(bad_images={BAD_IMAGE})
    kept(there, Release(DB, IMAGE, 1))
    [_, failed] = kept(there, Release(DB, BAD_IMAGE, 2))
    assert (failed.condition, failed.image) == ("failed", IMAGE)
    assert failed.detail == "gate new: it ended with 3\n500\nI can not start"
    assert kept(there, Release(DB, BAD_IMAGE, 2)) == [failed]


def test_what_went_wrong_after_it_was_well_is_told_with_it() -> None:
    there = Dock(hooks=(AFTER,), bad_hooks={AFTER})
    told = kept(there, Release(DB, IMAGE, 1))
    remark = "hook after: it ended with 1\nno backup"
    assert told[-1] == Report("db", 1, "healthy", IMAGE, remark)
    assert kept(there, Release(DB, IMAGE, 1)) == told[-1:]


def test_what_needs_one_that_failed_stays_as_it_is() -> None:
    there = Dock(bad_images={BAD_IMAGE})
    kept(there, Release(DB, IMAGE, 1), Release(WEB, IMAGE, 2))
    there.add(replace(there.named("web"), is_running=False))
    told = kept(there, Release(DB, BAD_IMAGE, 3), Release(WEB, OTHER_IMAGE, 4))
    assert told[-1] == Report("web", 4, "starting", IMAGE, "waits for db, which it needs")
    assert running(there) == {"db": IMAGE, "web": IMAGE}


def test_a_silent_engine_is_told_and_nothing_fails() -> None:
    there = Dock(silent=True)
    told = kept(there, Release(DB, IMAGE, 1), Release(WEB, IMAGE, 2))
    assert [each.condition for each in told] == ["starting"] * 3
    assert "does not answer" in told[1].detail
    there.silent = False
    kept(there, Release(DB, IMAGE, 1), Release(WEB, IMAGE, 2))
    there.silent = True
    told = kept(there, Release(DB, OTHER_IMAGE, 3), Release(WEB, IMAGE, 2))
    assert "does not answer" in told[-1].detail


def test_what_nobody_asks_for_any_more_stays() -> None:
    there = Dock()
    kept(there, Release(DB, IMAGE, 1), Release(WEB, IMAGE, 2))
    assert kept(there) == []
    assert running(there) == {"db": IMAGE, "web": IMAGE}


def test_details_have_an_end() -> None:
    failure = Failure(Release(DB, IMAGE, 1), "gate new", "it ended", logs="x" * 10000)
    there = Dock()
    there.write("db", replace(there.read("db"), failures=(failure,)))
    [failed] = kept(there, Release(DB, IMAGE, 1))
    assert len(failed.detail) == 4000
