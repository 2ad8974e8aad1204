"""Rollouts, carried out: what is due becomes what runs, or everything is as it was before.

Decides when a rollout goes back, and what is remembered of it. What is about to be done is on disk
before it is done; whoever is killed carries on from there the next time. A release that failed is
not tried again: only under another number, or with another service, as somebody decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from longshore.delivery.rollouts import ways
from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.planning import Container, Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.steps import Hook, Moment, Step

Result = Literal["unchanged", "mended", "deployed", "failed"]

FAILURES = 10  # so many are remembered of a service


class StepFailed(Exception):
    """The release, or the container that is to run it, is not what it should be."""

    def __init__(self, cause: str, answer: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.answer = answer


class Unavailable(Exception):
    """The engine or the registry does not do what it is asked now; a later time may be better."""


@dataclass(frozen=True)
class Failure:
    """Why a release does not run, with what there was to see."""

    release: Release
    step: str
    cause: str
    answer: str = ""
    """What the last question after its health was answered with."""
    logs: str = ""
    """The last that the failed container wrote."""
    is_restored: bool = True
    """Whether the old container, if there was one, is back and well."""


@dataclass(frozen=True)
class Rollout:
    """A rollout that has begun and not ended."""

    release: Release
    running: Running
    step: str = ""
    """What was last about to be done."""
    failure: Failure | None = None
    """Since when it goes back, and why."""
    ended: tuple[Moment, ...] = ()
    """Hooks that have ended well."""
    is_untouched: bool = False
    """Whether nothing was done yet to what was there before."""


@dataclass(frozen=True)
class Record:
    """What is remembered of a service."""

    rollout: Rollout | None = None
    good: Release | None = None
    """The last release that was rolled out and not undone."""
    failures: tuple[Failure, ...] = ()
    """The newest are first."""
    remark: str = ""
    """What the host was to run after the good one, and could not."""

    def failure_of(self, release: Release) -> Failure | None:
        return next((each for each in self.failures if each.release == release), None)


@dataclass(frozen=True)
class Outcome:
    result: Result
    failure: Failure | None = None


class Executor(Protocol):
    """Whoever does the steps: an engine."""

    def observe(self, release: Release) -> Running:
        """What there is of its service now; raises Unavailable."""

    def perform(self, step: Step, rollout: Rollout) -> None:
        """Bring it about, and find it done where it is done. Raises StepFailed for what asking
        again would not change, and Unavailable for the rest."""

    def logs(self, rollout: Rollout) -> str:
        """The last that the new container wrote; empty if there is none."""


class Journal(Protocol):
    """Where it is remembered, by the name of the container."""

    def hold(self, name: str) -> AbstractContextManager[None]:
        """Nobody else rolls it out meanwhile; raises Unavailable where somebody does."""

    def read(self, name: str) -> Record:
        """What was last written; an empty record if nothing was."""

    def write(self, name: str, record: Record) -> None:
        """When this returns, no kill and no power cut loses it."""


def roll_out(executor: Executor, journal: Journal, release: Release) -> Outcome:
    """Make it run, after what was left unfinished; raises Unavailable, and may be called again."""
    name = release.service.container_name
    with journal.hold(name):
        record = journal.read(name)
        if record.rollout is not None:
            record = _carry_on(executor, journal, record, record.rollout)
        if failure := record.failure_of(release):
            _bring_back(executor, journal, record)
            return Outcome("failed", failure)
        return _bring_about(executor, journal, record, release)


def keep_up(executor: Executor, journal: Journal, name: str) -> None:
    """What ran last goes on, and nothing new comes; raises Unavailable."""
    with journal.hold(name):
        record = journal.read(name)
        if record.rollout is not None:
            record = _carry_on(executor, journal, record, record.rollout)
        _bring_back(executor, journal, record)


def resume(executor: Executor, journal: Journal, name: str) -> Outcome | None:
    """Finish what was left unfinished, forward or back; raises Unavailable."""
    with journal.hold(name):
        record = journal.read(name)
        if record.rollout is None:
            return None
        ended = _carry_on(executor, journal, record, record.rollout)
        failure = ended.failure_of(record.rollout.release)
        return Outcome("failed" if failure else "deployed", failure)


def _bring_about(executor: Executor, journal: Journal, record: Record, release: Release) -> Outcome:
    running = executor.observe(release)
    if not ways.forward(release, running).steps:
        if record.good != release:
            journal.write(release.service.container_name, replace(record, good=release))
        return Outcome("unchanged")
    rollout = Rollout(release, running, is_untouched=True)
    ended = _carry_on(executor, journal, record, rollout)
    failure = ended.failure_of(release)
    if failure:
        return Outcome("failed", failure)
    is_same = running.current and running.current.fingerprint == release.fingerprint
    return Outcome("mended" if is_same else "deployed")


def _bring_back(executor: Executor, journal: Journal, record: Record) -> None:
    """What was last rolled out and not undone is what runs, also when somebody stops it."""
    if record.good is not None and record.failure_of(record.good) is None:
        _bring_about(executor, journal, record, record.good)


def _carry_on(executor: Executor, journal: Journal, record: Record, rollout: Rollout) -> Record:
    """Do all that is left, forward and, after a failure, back."""
    attempt = _Attempt(executor, journal, record, rollout)
    if rollout.failure is None:
        attempt.forward()
    if attempt.rollout.failure is not None:
        attempt.back()
    return attempt.record


class _Attempt:
    """One rollout, with the record that is written before each step."""

    def __init__(
        self, executor: Executor, journal: Journal, record: Record, rollout: Rollout
    ) -> None:
        self._executor = executor
        self._journal = journal
        self.record = record
        self.rollout = rollout

    def forward(self) -> None:
        release = self.rollout.release
        way = ways.forward(release, self.rollout.running)
        try:
            self._perform(way.steps)
        except StepFailed as failed:
            self._fail(failed)
            return
        remark = self._tell(way.last)
        self._write(replace(self.record, rollout=None, good=release, remark=remark))

    def back(self) -> None:
        release, running = self.rollout.release, self.rollout.running
        failure = self.rollout.failure
        assert failure is not None  # noqa: S101  # or there is no way back
        told = failure.cause
        try:
            self._perform(self._way_back())
        except StepFailed as failed:
            told += f"; and the old container is not well: {failed.cause}"
            failure = replace(failure, is_restored=False)
            self.rollout = replace(self.rollout, failure=failure)
        remark = self._tell(ways.forward(release, running).last)
        told += f"; and {remark}" if remark else ""
        failures = (replace(failure, cause=told), *self.record.failures)[:FAILURES]
        self._write(replace(self.record, rollout=None, failures=failures))

    def _perform(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if isinstance(step, Hook) and step.moment in self.rollout.ended:
                continue
            is_untouched = self.rollout.is_untouched and ways.touches_nothing(step)
            self.rollout = replace(self.rollout, step=ways.title(step), is_untouched=is_untouched)
            self._write(replace(self.record, rollout=self.rollout))
            try:
                self._executor.perform(step, self.rollout)
            except Unavailable:
                if is_untouched and self.rollout.failure is None:  # so something else may be due
                    self._write(replace(self.record, rollout=None))
                raise
            if isinstance(step, Hook):
                self.rollout = replace(self.rollout, ended=(*self.rollout.ended, step.moment))

    def _tell(self, last: Sequence[Step]) -> str:
        """Let the host know the end; answers what went wrong with that, which changes nothing."""
        try:
            self._perform(last)
        except StepFailed as failed:
            return "\n".join(filter(None, (f"{self.rollout.step}: {failed.cause}", failed.answer)))
        return ""

    def _fail(self, failed: StepFailed) -> None:
        release = self.rollout.release
        logs = self._executor.logs(self.rollout)
        failure = Failure(
            release,
            self.rollout.step,
            failed.cause,
            answer=failed.answer,
            logs=logs,
        )
        self.rollout = replace(self.rollout, failure=failure)
        self._write(replace(self.record, rollout=self.rollout))

    def _way_back(self) -> tuple[Step, ...]:
        release, running = self.rollout.release, self.rollout.running
        health = self._health_of(running.current)
        return ways.back(release, running, health, is_untouched=self.rollout.is_untouched)

    def _health_of(self, old: Container | None) -> Health:
        """What the old container had to show, if it was this service's."""
        good = self.record.good
        is_known = good and old and good.fingerprint == old.fingerprint
        return good.service.health if good and is_known else Health()

    def _write(self, record: Record) -> None:
        self.record = record
        self._journal.write(self.rollout.release.service.container_name, record)
