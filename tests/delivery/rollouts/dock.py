"""An engine and a journal in memory, on which rollouts can be killed at any act.

An act is one step that the engine does, or one record that is written. Containers of a bad image
end at their start. What a rollout has to come to is the tests' part.
"""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from longshore.delivery.rollouts.execution import Record, Rollout, StepFailed, Unavailable
from longshore.delivery.rollouts.planning import Container, Running, superfluous
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.steps import (
    NEW,
    OLD,
    Create,
    Gate,
    Hook,
    Moment,
    Prune,
    Pull,
    Remove,
    Rename,
    Restore,
    SetRestart,
    Start,
    Step,
    Stop,
    Watch,
    Which,
)


class KilledError(Exception):
    """The process is gone."""


@dataclass
class Dock:
    """Containers by id, records by name, and how many acts are left until a kill."""

    containers: dict[str, Container] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    bad_images: set[str] = field(default_factory=set)
    missing_images: set[str] = field(default_factory=set)
    hooks: tuple[Moment, ...] = ()
    bad_hooks: set[Moment] = field(default_factory=set)
    late_hooks: set[Moment] = field(default_factory=set)
    ran: list[str] = field(default_factory=list)
    """What hooks ran for, and what they would have been told of the end."""
    silent: bool = False
    steps: list[Step] = field(default_factory=list)
    acts_left: int | None = None
    held: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def observe(self, release: Release) -> Running:
        self._check_silence()
        return Running(self._find_named(release.service.container_name), hooks=self.hooks)

    def perform(self, step: Step, rollout: Rollout) -> None:
        self._check_silence()
        self.steps.append(step)
        with self._act():
            self._do(step, rollout)

    def logs(self, rollout: Rollout) -> str:
        return "I can not start" if self._new(rollout) else ""

    @contextlib.contextmanager
    def hold(self, name: str) -> Iterator[None]:
        if name in self.held:
            raise Unavailable("held")
        self.held.add(name)
        try:
            yield
        finally:
            self.held.discard(name)

    def read(self, name: str) -> Record:
        return self.records.get(name, Record())

    def write(self, name: str, record: Record) -> None:
        with self._act():
            self.records[name] = record

    def running(self) -> list[Container]:
        return [each for each in self.containers.values() if each.is_running]

    def named(self, name: str) -> Container:
        found = self._find_named(name)
        assert found is not None, f"no {name}"
        return found

    def add(self, container: Container) -> None:
        self.containers[container.id] = container

    def _do(self, step: Step, rollout: Rollout) -> None:
        match step:
            case Pull():
                if rollout.release.image in self.missing_images:
                    raise StepFailed("it is not in the registry")
            case Create(name):
                self._create(name, rollout)
            case Rename(which, name):
                self._rename(which, name, rollout)
            case SetRestart(which, policy):
                self._change(which, rollout, restart=policy)
            case Start(which) | Stop(which):
                self._change(which, rollout, is_running=isinstance(step, Start))
            case _:
                self._look_after(step, rollout)

    def _look_after(self, step: Step, rollout: Rollout) -> None:
        match step:
            case Gate() | Watch():
                self._check(getattr(step, "which", NEW), rollout)
            case Hook(moment):
                self._run(moment, rollout)
            case Remove():
                self._drop(self._new(rollout))
            case Restore(name):
                old = rollout.running.current
                if old is not None and old.id not in self.containers:
                    self.add(replace(old, name=name, is_running=False))
            case Prune(keep):
                name = rollout.release.service.container_name
                mine = [each for each in self.containers.values() if each.name.startswith(name)]
                for each in superfluous(mine, name, keep):
                    self._drop(each)

    def _run(self, moment: Moment, rollout: Rollout) -> None:
        self.ran.append(f"{moment} {'bad' if rollout.failure else 'good'}")
        if moment in self.late_hooks:
            raise Unavailable("not now")
        if moment in self.bad_hooks:
            raise StepFailed("it ended with 1", answer="no backup")

    def _create(self, name: str, rollout: Rollout) -> None:
        release = rollout.release
        if self._new(rollout) is None:
            number = next(self._numbers)
            self.add(
                Container(
                    f"{number:064x}",
                    name,
                    str(release.number),
                    release.fingerprint,
                    release.image,
                    is_running=False,
                    created=f"{number:06}",
                    snapshot=self._key(rollout),
                )
            )

    def _rename(self, which: Which, name: str, rollout: Rollout) -> None:
        found = self._find(which, rollout)
        if found is not None and found.name != name:
            if self._find_named(name) is not None:
                raise StepFailed(f"{name} is taken")
            self._change(which, rollout, name=name)

    def _check(self, which: Which, rollout: Rollout) -> None:
        found = self._find(which, rollout)
        if found is None or not found.is_running:
            raise StepFailed("it does not run")
        if found.image in self.bad_images:
            self._change(which, rollout, is_running=False)
            raise StepFailed("it ended with 3", answer="500")

    def _change(self, which: Which, rollout: Rollout, **fields: object) -> None:
        found = self._find(which, rollout)
        if found is not None:
            self.add(replace(found, **fields))  # type: ignore[arg-type]  # as the fields are

    def _drop(self, container: Container | None) -> None:
        if container is not None:
            del self.containers[container.id]

    def _find(self, which: Which, rollout: Rollout) -> Container | None:
        if which == OLD:
            old = rollout.running.current
            return self.containers.get(old.id) if old else None
        return self._new(rollout)

    def _new(self, rollout: Rollout) -> Container | None:
        key = self._key(rollout)
        return next((each for each in self.containers.values() if each.snapshot == key), None)

    def _find_named(self, name: str) -> Container | None:
        return next((each for each in self.containers.values() if each.name == name), None)

    def _key(self, rollout: Rollout) -> str:
        old = rollout.running.current
        return f"{rollout.release.number} {old.id if old else ''}"

    def _check_silence(self) -> None:
        if self.silent:
            raise Unavailable("the engine does not answer")

    @contextlib.contextmanager
    def _act(self) -> Iterator[None]:
        """Killed before or after it is done: each counts as one."""
        self._tick()
        yield
        self._tick()

    def _tick(self) -> None:
        if self.acts_left is not None:
            if self.acts_left == 0:
                raise KilledError
            self.acts_left -= 1
