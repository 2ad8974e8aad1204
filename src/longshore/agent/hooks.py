"""Hooks: commands of the host's own, run before a rollout, to verify it, and after it.

Decides where they are: files in a folder of the host, for all services of an environment or for
one. A server says neither which there are nor what is in them; what it says besides, they find in
variables, and nothing is read by a shell. Also decides what their ends mean.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from longshore.agent.commands import run
from longshore.delivery.rollouts.execution import Executor, Rollout, StepFailed, Unavailable
from longshore.delivery.rollouts.planning import Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.steps import AFTER, BEFORE, VERIFY, Hook, Moment, Step

LATER = os.EX_TEMPFAIL
"""With this, a hook before says that the rollout has to wait."""

_OPEN = stat.S_IWGRP | stat.S_IWOTH


class Hooks:
    """Those of one environment: `before`, or `before-web` for the service `web` alone."""

    def __init__(self, folder: Path, environ: Mapping[str, str], seconds: float) -> None:
        """`environ` is what they find beside what they are told; each has so many seconds."""
        self._folder = folder
        self._environ = environ
        self._seconds = seconds

    def moments(self, service: str) -> tuple[Moment, ...]:
        return tuple(each for each in (BEFORE, VERIFY, AFTER) if self._find(each, service))

    def run(self, step: Hook, rollout: Rollout) -> None:
        """Raises StepFailed unless it ends with 0, and Unavailable where it is to be asked again.

        One that somebody has removed since is not missed.
        """
        path = self._find(step.moment, rollout.release.service.name)
        if path is None:
            return
        _check(path)
        told = {f"HOOK_{name}": value for name, value in _told(step, rollout).items()}
        ended = run(path, {**self._environ, **told}, self._seconds)
        if step.moment == BEFORE and ended.code == LATER:
            raise Unavailable(f"{path} puts it off: {ended.output}")
        if ended.code:
            raise StepFailed(f"{path} {ended}", ended.output)

    def _find(self, moment: Moment, service: str) -> Path | None:
        """That of the service, else that of all; None if there is neither."""
        paths = (self._folder / f"{moment}-{service}", self._folder / moment)
        return next((path for path in paths if path.exists() or path.is_symlink()), None)


class HookedExecutor:
    """An executor that runs the host's hooks, and leaves all else to another."""

    def __init__(self, executor: Executor, hooks: Hooks) -> None:
        self._executor = executor
        self._hooks = hooks

    def observe(self, release: Release) -> Running:
        hooks = self._hooks.moments(release.service.name)
        return replace(self._executor.observe(release), hooks=hooks)

    def perform(self, step: Step, rollout: Rollout) -> None:
        if isinstance(step, Hook):
            self._hooks.run(step, rollout)
        else:
            self._executor.perform(step, rollout)

    def logs(self, rollout: Rollout) -> str:
        return self._executor.logs(rollout)


def _told(step: Hook, rollout: Rollout) -> dict[str, str]:
    release, old, failure = rollout.release, rollout.running.current, rollout.failure
    previous = old.image if old else ""
    said = {
        "MOMENT": step.moment,
        "SERVICE": release.service.name,
        "CONTAINER": step.container,
        "DEPLOYMENT": str(release.number),
        "IMAGE": release.image,
        "DIGEST": str(release.digest),
        "PREVIOUS_IMAGE": previous,
        "PREVIOUS_DIGEST": previous.partition("@")[2],
    }
    if step.moment == AFTER:
        said["OUTCOME"] = _outcome(rollout)
        said["REASON"] = f"{failure.step}: {failure.cause}" if failure else ""
    # A reason may have anything in it that a container wrote, and a variable may not.
    return {name: value.replace("\0", "") for name, value in said.items() if value}


def _outcome(rollout: Rollout) -> str:
    failure = rollout.failure
    if failure is None:
        return "deployed"
    return "rolled-back" if rollout.running.current and failure.is_restored else "failed"


def _check(path: Path) -> None:
    """Raises StepFailed for one that others could have written, or that leads nowhere."""
    for each in (path.parent, path):
        try:
            found = each.stat()
        except OSError as problem:
            raise StepFailed(f"{path} can not be run: {problem.strerror}") from None
        if found.st_uid not in {0, os.geteuid()} or found.st_mode & _OPEN:
            raise StepFailed(
                f"{each} may be written by others than root and this user, so it is not run:"
                f" `chmod go-w {each}`, and `chown` it to one of them"
            )
