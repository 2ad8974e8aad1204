"""A program that rolls out a release, and kills itself at the act that it is told.

An act is a step that the engine does, or a record that the journal writes; a kill comes before it
or so many milliseconds into it. Standard input has the release, and the last line of the
output says how many acts there were, and what it came to. A folder at the end is that of a Compose
project whose service it is.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import docker
import msgspec

from longshore.delivery.rollouts.execution import Executor, Record, Rollout, resume, roll_out
from longshore.delivery.rollouts.planning import Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.steps import Step
from longshore.engine.compose import ComposeExecutor
from longshore.engine.compose_project import Project
from longshore.engine.journal import FileJournal
from longshore.engine.rollouts import EngineExecutor


class Kill:
    """Counts acts, and sends SIGKILL to this process at one of them."""

    def __init__(self, when: str, number: int, milliseconds: int) -> None:
        self.acts = 0
        self._when = when
        self._number = number
        self._milliseconds = milliseconds

    @contextlib.contextmanager
    def act(self) -> Iterator[None]:
        is_mine = self.acts == self._number
        self.acts += 1
        if is_mine and self._when == "before":
            _end()
        if is_mine and self._when == "within":
            threading.Timer(self._milliseconds / 1000, _end).start()
        yield


class Engine:
    """An executor whose every step is an act."""

    def __init__(self, executor: Executor, kill: Kill) -> None:
        self._executor = executor
        self._kill = kill

    def observe(self, release: Release) -> Running:
        return self._executor.observe(release)

    def perform(self, step: Step, rollout: Rollout) -> None:
        with self._kill.act():
            self._executor.perform(step, rollout)

    def logs(self, rollout: Rollout) -> str:
        return self._executor.logs(rollout)


class Journal(FileJournal):
    """A journal whose every record is an act."""

    def __init__(self, folder: Path, kill: Kill) -> None:
        super().__init__(folder)
        self._kill = kill

    def write(self, name: str, record: Record) -> None:
        with self._kill.act():
            super().write(name, record)


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def executor_of(client: docker.APIClient, project: str) -> Executor:
    if project:
        return ComposeExecutor(client, lambda _: {}, Project(Path(project), os.environ))
    return EngineExecutor(client, lambda _: {}, str)


def main(socket: str, folder: str, what: str, kill: Kill, project: str = "") -> None:
    release = msgspec.json.decode(sys.stdin.buffer.read(), type=Release)
    client = docker.APIClient(f"unix://{socket}", version="auto", timeout=60)
    engine = Engine(executor_of(client, project), kill)
    journal = Journal(Path(folder), kill)
    if what == "resume":
        outcome = resume(engine, journal, release.service.container_name)
    else:
        outcome = roll_out(engine, journal, release)
    client.close()
    sys.stdout.write(f"{kill.acts} {outcome.result if outcome else 'nothing'}\n")


if __name__ == "__main__":
    socket, folder, what, when, act, milliseconds, *project = sys.argv[1:]
    main(socket, folder, what, Kill(when, int(act), int(milliseconds)), *project)
