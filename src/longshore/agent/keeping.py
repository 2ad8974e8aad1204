"""Keeping what is due: one round over all services of a host, each after those that it needs.

Decides what a service does while one that it needs has failed: it stays as it is. A service that
is not due any more stays as well; nothing is ever stopped because nobody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable

from longshore.agent.ports import Due, Report
from longshore.delivery.rollouts.execution import (
    Executor,
    Failure,
    Journal,
    Unavailable,
    keep_up,
    roll_out,
)
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import in_order

DETAIL_LIMIT = 4000  # characters

Tell = Callable[[Report], None]


def keep(due: Due, executor: Executor, journal: Journal, tell: Tell) -> None:
    """Make everything run that is due, as far as it can be made to."""
    releases = {release.service.name: release for release in due.releases}
    failed: set[str] = set()
    for service in in_order(release.service for release in due.releases):
        release = releases[service.name]
        needed = failed.intersection(service.needs)
        try:
            if needed:
                report = _hold_back(release, min(needed), executor, journal)
            else:
                report = _roll_out(release, executor, journal, tell)
        except Unavailable as problem:
            report = Report(service.name, release.number, "starting", detail=str(problem))
        if report.condition != "healthy":
            failed.add(service.name)
        tell(report)


def _roll_out(release: Release, executor: Executor, journal: Journal, tell: Tell) -> Report:
    record = journal.read(release.service.container_name)
    if record.good != release and record.failure_of(release) is None:
        tell(_report(release, "starting", journal))
    outcome = roll_out(executor, journal, release)
    if outcome.failure is None:
        return _report(release, "healthy", journal)
    return _report(release, "failed", journal, _in_words(outcome.failure))


def _hold_back(release: Release, needed: str, executor: Executor, journal: Journal) -> Report:
    keep_up(executor, journal, release.service.container_name)
    return _report(release, "starting", journal, f"waits for {needed}, which it needs")


def _in_words(failure: Failure) -> str:
    seen = [f"{failure.step}: {failure.cause}", failure.answer, failure.logs]
    return "\n".join(filter(None, seen))[:DETAIL_LIMIT]


def _report(release: Release, condition: str, journal: Journal, detail: str = "") -> Report:
    record = journal.read(release.service.container_name)
    image = record.good.image if record.good else ""
    if condition == "healthy":
        detail = record.remark[:DETAIL_LIMIT]
    return Report(release.service.name, release.number, condition, image, detail)  # type: ignore[arg-type]  # one of its words
