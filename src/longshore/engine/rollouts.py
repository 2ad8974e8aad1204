"""The steps of rollouts, done by Docker Engine.

Decides when a step is done already, so that each may be done twice, and is where the engine was at
something else. Which steps there are, and in which order, is `delivery.rollouts.planning`'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import docker

from longshore.delivery.rollouts.execution import Rollout
from longshore.delivery.rollouts.planning import Running, superfluous
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.delivery.rollouts.steps import (
    NEW,
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
    Step,
    Stop,
    Watch,
)
from longshore.engine import creation, gates
from longshore.engine.containers import Containers, settled
from longshore.engine.dependants import Dependants
from longshore.engine.finding import Finder
from longshore.engine.inspection import Inspected, described
from longshore.engine.making import Maker, Secrets
from longshore.engine.pulling import Images, Logins
from longshore.oci.image import ImageReference


class EngineExecutor:
    """Does what a rollout says, at one engine."""

    def __init__(self, client: docker.APIClient, logins: Logins, secrets: Secrets) -> None:
        """`secrets` gives the value of a name, and raises StepFailed where there is none."""
        self._containers = Containers(client)
        self._images = Images(client, logins)
        self._finder = Finder(self._containers)
        maker = Maker(self._containers, self._finder, self._images, secrets)
        self._dependants = Dependants(self._containers, self._finder, maker)
        self._acts: dict[type[Any], Callable[[Any, Rollout], None]] = {
            Pull: self._pull,
            Create: maker.create,
            Start: self._start,
            Gate: self._gate,
            Join: maker.join,
            Drain: self._drain,
            Stop: self._stop,
            Rename: self._rename,
            SetRestart: self._set_restart,
            Watch: self._watch,
            Follow: self._dependants.follow,
            Return: self._dependants.give_back,
            Remove: self._remove,
            Restore: maker.restore,
            Prune: self._prune,
        }

    def observe(self, release: Release) -> Running:
        return self._finder.observe(release)

    def perform(self, step: Step, rollout: Rollout) -> None:
        settled(lambda: self._acts[type(step)](step, rollout))

    def logs(self, rollout: Rollout) -> str:
        new = self._finder.find(NEW, rollout)
        return self._containers.logs(new["Id"]) if new else ""

    def containers_of(self, service: Service) -> list[Inspected]:
        """All of a service; the one in its place is first."""
        return self._finder.of_service(service)

    def _pull(self, _step: Pull, rollout: Rollout) -> None:
        self._images.bring(rollout.release.image)

    def _start(self, step: Start, rollout: Rollout) -> None:
        self._containers.start(self._finder.there(step.which, rollout)["Id"])

    def _gate(self, step: Gate, rollout: Rollout) -> None:
        which = self._finder.there(step.which, rollout)["Id"]
        if step.is_one_shot:
            gates.wait_for_end(self._containers, which, step.health.deadline)
        else:
            gates.wait(self._containers, which, step.health)

    def _drain(self, step: Drain, _rollout: Rollout) -> None:
        time.sleep(step.seconds)

    def _stop(self, step: Stop, rollout: Rollout) -> None:
        container = self._finder.find(step.which, rollout)
        if container is not None:
            self._containers.stop(container)

    def _rename(self, step: Rename, rollout: Rollout) -> None:
        container = self._finder.find(step.which, rollout)
        if container is not None:
            self._containers.rename(container, step.name)

    def _set_restart(self, step: SetRestart, rollout: Rollout) -> None:
        container = self._finder.find(step.which, rollout)
        if container is not None:
            self._containers.set_restart(container, step.policy)

    def _watch(self, step: Watch, rollout: Rollout) -> None:
        which = self._finder.there(NEW, rollout)["Id"]
        gates.watch(self._containers, which, step.health)

    def _remove(self, _step: Remove, rollout: Rollout) -> None:
        new = self._finder.find(NEW, rollout)
        if new is not None:
            self._containers.remove(new["Id"])

    def _prune(self, step: Prune, rollout: Rollout) -> None:
        self._dependants.forget(rollout)
        name = rollout.release.service.container_name
        others = self._containers.named(f"{name}-prev-")  # among them one that others had made
        there = {
            each["Id"]: described(each)
            for each in (*others, *self._containers.all_labelled(creation.CONTAINER, name))
        }
        for each in superfluous(there.values(), name, step.keep):
            self._containers.remove(each.id)
        repository = ImageReference.parse(rollout.release.image).name
        self._images.prune(repository, self._containers)
