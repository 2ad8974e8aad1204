"""The steps of rollouts of a Compose project's services, done by Compose and seen in the engine.

Decides which container is meant, by Compose's labels and by a fingerprint that the override gives
it. Images are pulled by the agent, with its own login; Compose finds them there. No container of a
project is ever made, renamed or removed but by Compose.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import docker

from longshore.delivery.rollouts.compose import said_twice
from longshore.delivery.rollouts.execution import Rollout, StepFailed, Unavailable
from longshore.delivery.rollouts.planning import Container, Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.delivery.rollouts.steps import (
    NEW,
    Down,
    Gate,
    Pin,
    Prune,
    Pull,
    Step,
    Up,
    Watch,
    Which,
)
from longshore.engine import gates, own
from longshore.engine.compose_project import Project
from longshore.engine.containers import COMPOSE, Containers, answers
from longshore.engine.creation import FINGERPRINT
from longshore.engine.inspection import Inspected, described, labels_of
from longshore.engine.pulling import Images, Logins
from longshore.oci.image import ImageReference

PROJECT = f"{COMPOSE}project"


class ComposeExecutor:
    """Does what a rollout says, in one project at one engine."""

    def __init__(self, client: docker.APIClient, logins: Logins, project: Project) -> None:
        self._client = client
        self._containers = Containers(client)
        self._images = Images(client, logins)
        self._project = project
        self._acts: dict[type[Any], Callable[[Any, Rollout], None]] = {
            Pull: self._pull,
            Pin: self._pin,
            Up: self._up,
            Gate: self._gate,
            Watch: self._watch,
            Prune: self._prune,
            Down: self._down,
        }

    def observe(self, release: Release) -> Running:
        name = release.service.name
        if twice := said_twice(release.service):
            raise Unavailable(
                f"{name} is a service of {self._project.folder}, where Compose's file has to say"
                f" {twice[0]}: leave it out in longshore.yaml"
            )
        self._project.look(name)
        found = self._of(name)
        pinned = self._project.pinned(name)
        if not found:
            return Running(is_composed=True, pinned=pinned)
        own.refuse(found[0])
        project = labels_of(found[0])[PROJECT]
        sharing = self._containers.sharing(found[0]["Id"])
        of_project = [each for each in sharing if labels_of(each).get(PROJECT) == project]
        dependants = tuple(described(each) for each in of_project)
        return Running(_described(found[0]), "", dependants, is_composed=True, pinned=pinned)

    def perform(self, step: Step, rollout: Rollout) -> None:
        self._acts[type(step)](step, rollout)

    def logs(self, rollout: Rollout) -> str:
        new = self._find(NEW, rollout)
        return self._containers.logs(new["Id"]) if new else ""

    def containers_of(self, service: Service) -> list[Inspected]:
        """All of a service; one that runs is first."""
        self._project.look(service.name)
        return self._of(service.name)

    def _pull(self, _step: Pull, rollout: Rollout) -> None:
        self._images.bring(rollout.release.image)

    def _pin(self, step: Pin, rollout: Rollout) -> None:
        self._project.pin(rollout.release.service.name, step.image, step.fingerprint)

    def _up(self, step: Up, rollout: Rollout) -> None:
        with answers():
            self._client.ping()  # or its silence looked like a refusal of Compose
        name, running = rollout.release.service.name, rollout.running
        sharing = [_service_of(each) for each in running.dependants if each.is_running]
        self._project.up((name, *sharing), is_started=step.is_started)

    def _gate(self, step: Gate, rollout: Rollout) -> None:
        gates.wait(self._containers, self._there(step.which, rollout), step.health)

    def _watch(self, step: Watch, rollout: Rollout) -> None:
        gates.watch(self._containers, self._there(NEW, rollout), step.health)

    def _prune(self, step: Prune, rollout: Rollout) -> None:
        repository = ImageReference.parse(rollout.release.image).name
        self._images.prune(repository, self._containers, step.keep + 1)

    def _down(self, _step: Down, rollout: Rollout) -> None:
        self._project.down(rollout.release.service.name)

    def _of(self, service: str) -> list[Inspected]:
        """Its containers: those that run are first, then the newest."""
        found = self._containers.of_project(self._project.name(service), service)
        found.sort(key=lambda each: (each["State"]["Running"], each["Created"]), reverse=True)
        return found

    def _find(self, which: Which, rollout: Rollout) -> Inspected | None:
        due = rollout.release.fingerprint
        for each in self._of(rollout.release.service.name):
            if (labels_of(each).get(FINGERPRINT) == due) == (which == NEW):
                return each
        return None

    def _there(self, which: Which, rollout: Rollout) -> str:
        """Its id; raises StepFailed if it is not."""
        found = self._find(which, rollout)
        if found is None:
            raise StepFailed(f"Compose has left no {which} container of the service")
        return str(found["Id"])


def _described(container: Inspected) -> Container:
    """By digest, or by the id of its image: a tag may be another image's by now."""
    made_of = container["Config"]["Image"]
    image = made_of if "@" in made_of else container["Image"]
    return dataclasses.replace(described(container), image=image)


def _service_of(container: Container) -> str:
    inspected: Mapping[str, Any] = json.loads(container.snapshot)
    return labels_of(inspected)[f"{COMPOSE}service"]
