"""Keeping what is due: one round over all services of a host, each after those that it needs.

Decides what a service does while one that it needs has failed: it stays as it is. A service that
is not due any more stays as well; nothing is ever stopped because nobody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable

from longshore.agent.ports import Due, Report
from longshore.delivery.release import Release
from longshore.delivery.rollouts import (
    Executor,
    Failure,
    Journal,
    Outcome,
    Unavailable,
    keep_up,
    roll_out,
)
from longshore.delivery.services import in_order

DETAIL_LIMIT = 4000  # characters

Tell = Callable[[Report], None]


def keep(due: Due, executor: Executor, journal: Journal, tell: Tell) -> None:
    """Make everything run that is due, as far as it can be made to."""
    releases = {release.service.name: release for release in due.releases}
    failed: set[str] = set()
    for service in in_order(release.service for release in due.releases):
        release = releases[service.name]
        needed = failed.intersection(service.needs)
        if needed:
            report = _hold_back(release, min(needed), executor, journal)
        else:
            report = _roll_out(release, executor, journal, tell)
        if report.condition != "healthy":
            failed.add(service.name)
        tell(report)


def _roll_out(release: Release, executor: Executor, journal: Journal, tell: Tell) -> Report:
    if journal.read(release.service.container_name).good != release:
        tell(_report(release, "starting", journal))
    try:
        outcome = roll_out(executor, journal, release)
    except Unavailable as problem:
        return _report(release, "starting", journal, str(problem))
    return _of_outcome(release, outcome, journal)


def _hold_back(release: Release, needed: str, executor: Executor, journal: Journal) -> Report:
    told = f"waits for {needed}, which it needs"
    try:
        keep_up(executor, journal, release.service.container_name)
    except Unavailable as problem:
        told = f"{told}; {problem}"
    return _report(release, "starting", journal, told)


def _of_outcome(release: Release, outcome: Outcome, journal: Journal) -> Report:
    if outcome.failure is None:
        return _report(release, "healthy", journal)
    return _report(release, "failed", journal, _in_words(outcome.failure))


def _in_words(failure: Failure) -> str:
    seen = [f"{failure.step}: {failure.cause}", failure.answer, failure.logs]
    return "\n".join(filter(None, seen))[:DETAIL_LIMIT]


def _report(release: Release, condition: str, journal: Journal, detail: str = "") -> Report:
    good = journal.read(release.service.container_name).good
    image = good.image if good else ""
    return Report(release.service.name, release.number, condition, image, detail)  # type: ignore[arg-type]  # one of its words
