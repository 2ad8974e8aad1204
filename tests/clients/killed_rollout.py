"""Rollouts in processes of their own, each of which kills itself at the act that it is told.

An act is a step that the engine does, or a record that the journal writes; a kill comes before it,
or so many milliseconds into it. The processes are forks of one that has everything imported: a
kill costs what a rollout does, and no start of Python.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import docker

from longshore.delivery.rollouts.execution import (
    Executor,
    Outcome,
    Record,
    Rollout,
    resume,
    roll_out,
)
from longshore.delivery.rollouts.planning import Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.steps import Step
from longshore.engine.compose import ComposeExecutor
from longshore.engine.compose_project import Project
from longshore.engine.journal import FileJournal
from longshore.engine.rollouts import EngineExecutor
from tests.clients.composing import ComposeHost
from tests.clients.forked import forks
from tests.clients.rolling import Host

RECORD = "record"
SECRET = "the-value-of-a-secret"  # of every secret that a service names


class Kill(NamedTuple):
    """Before an act, by its number, or within it."""

    act: int
    milliseconds: int | None = None


@dataclass(frozen=True)
class Place:
    """Where releases are rolled out, so that any process finds it."""

    socket: str
    journal: Path
    environ: dict[str, str] = field(repr=False)
    project: Path | None = None

    @contextlib.contextmanager
    def executor(self) -> Iterator[Executor]:
        client = docker.APIClient(self.socket, version="auto", timeout=60)
        with contextlib.closing(client):
            if self.project is None:
                yield EngineExecutor(client, lambda _: {}, lambda _: SECRET)
            else:
                yield ComposeExecutor(client, lambda _: {}, Project(self.project, self.environ))


def place_of(there: Host, composed: ComposeHost | None = None) -> Place:
    environ = {**os.environ, **there.engine.environment}
    socket = f"unix://{there.engine.folder}/docker.sock"
    return Place(socket, there.folder / "journal", environ, composed.folder if composed else None)


def rolled_out(place: Place, release: Release) -> tuple[str, ...]:
    """Roll out without a kill; answers the acts."""
    acts = _Acts(None)
    _roll_out(place, release, acts)
    return tuple(acts.done)


def resumed(place: Place, release: Release) -> Outcome | None:
    """What comes of what was left unfinished."""
    with place.executor() as executor:
        return resume(executor, FileJournal(place.journal), release.service.container_name)


def is_killed(place: Place, release: Release, kill: Kill) -> bool:
    """Roll out in a process that is to be killed; answers whether it was, or ended before."""
    process = forks.Process(target=_roll_out_and_end, args=(place, release, kill))
    process.start()
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


class _Acts:
    """Counts acts, and sends SIGKILL to this process at one of them."""

    def __init__(self, kill: Kill | None) -> None:
        self.done: list[str] = []
        self._kill = kill

    @contextlib.contextmanager
    def act(self, title: str) -> Iterator[None]:
        if self._kill is not None and self._kill.act == len(self.done):
            if self._kill.milliseconds is None:
                _end()
            else:
                threading.Timer(self._kill.milliseconds / 1000, _end).start()
        self.done.append(title)
        yield


class _Engine:
    """An executor whose every step is an act."""

    def __init__(self, executor: Executor, acts: _Acts) -> None:
        self._executor = executor
        self._acts = acts

    def observe(self, release: Release) -> Running:
        return self._executor.observe(release)

    def perform(self, step: Step, rollout: Rollout) -> None:
        with self._acts.act(rollout.step):
            self._executor.perform(step, rollout)

    def logs(self, rollout: Rollout) -> str:
        return self._executor.logs(rollout)


class _Journal(FileJournal):
    """A journal whose every record is an act."""

    def __init__(self, folder: Path, acts: _Acts) -> None:
        super().__init__(folder)
        self._acts = acts

    def write(self, name: str, record: Record) -> None:
        with self._acts.act(RECORD):
            super().write(name, record)


def _roll_out(place: Place, release: Release, acts: _Acts) -> None:
    with place.executor() as executor:
        roll_out(_Engine(executor, acts), _Journal(place.journal, acts), release)


def _roll_out_and_end(place: Place, release: Release, kill: Kill) -> None:
    _roll_out(place, release, _Acts(kill))
    os._exit(0)  # or a kill that came too late were waited for


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
