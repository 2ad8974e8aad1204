"""The steps of rollouts, done by Docker Engine.

Decides how a step is brought about and when it is done already, so that each may be done twice.
Which steps there are, and in which order, is `delivery.rollout`'s. The new container is known by
its labels and the old one by its id, whatever either is called at the time.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

import docker

from longshore.delivery.rollout import Running, superfluous
from longshore.delivery.rollouts import Rollout, StepFailed
from longshore.delivery.services import Service
from longshore.delivery.steps import (
    OLD,
    Create,
    Drain,
    Gate,
    Join,
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
from longshore.engine import creation, gates
from longshore.engine.containers import Containers
from longshore.engine.inspection import (
    Inspected,
    again,
    anonymous_volumes,
    described,
    labels_of,
    name_of,
    restart_of,
)
from longshore.engine.pulling import Images, Logins
from longshore.oci.image import ImageReference

Secrets = Callable[[str], str]


class EngineExecutor:
    """Does what a rollout says, at one engine."""

    def __init__(self, client: docker.APIClient, logins: Logins, secrets: Secrets) -> None:
        """`secrets` gives the value of a name, and raises StepFailed where there is none."""
        self._containers = Containers(client)
        self._images = Images(client, logins)
        self._secrets = secrets
        self._acts: dict[type[Any], Callable[[Any, Rollout], None]] = {
            Pull: self._pull,
            Create: self._create,
            Start: self._start,
            Gate: self._gate,
            Join: self._join,
            Drain: self._drain,
            Stop: self._stop,
            Rename: self._rename,
            SetRestart: self._set_restart,
            Watch: self._watch,
            Remove: self._remove,
            Restore: self._restore,
            Prune: self._prune,
        }

    def observe(self, service: Service) -> Running:
        found = self._containers.find(service.container_name)
        current = described(found) if found else None
        return Running(current, self._shared(service))

    def perform(self, step: Step, rollout: Rollout) -> None:
        self._acts[type(step)](step, rollout)

    def logs(self, rollout: Rollout) -> str:
        new = self._new(rollout)
        return self._containers.logs(new["Id"]) if new else ""

    def _pull(self, _step: Pull, rollout: Rollout) -> None:
        self._images.bring(rollout.release.image)

    def _create(self, step: Create, rollout: Rollout) -> None:
        service = rollout.release.service
        new = self._new(rollout)
        which = new["Id"] if new else self._make(step, rollout)
        joined = self._inspect(which)["NetworkSettings"]["Networks"]
        for network in service.networks:
            if network.name not in joined:
                endpoint = creation.endpoint(network, has_aliases=step.has_aliases)
                self._containers.connect(which, network.name, endpoint)

    def _make(self, step: Create, rollout: Rollout) -> str:
        self._clear(step.name, rollout)
        release, running = rollout.release, rollout.running
        values = {name: self._secrets(key) for name, key in release.service.secrets.items()}
        body = creation.body(
            release,
            {**release.service.environment, **values},
            self._carried(rollout),
            running.network,
        )
        body["Labels"][creation.ROLLOUT] = key_of(rollout)
        networks = release.service.networks[:1]
        body["NetworkingConfig"] = {
            "EndpointsConfig": {
                network.name: creation.endpoint(network, has_aliases=step.has_aliases)
                for network in networks
            }
        }
        return self._containers.create(body, step.name)

    def _clear(self, name: str, rollout: Rollout) -> None:
        """What an earlier rollout left under the name goes; what others made does not."""
        found = self._containers.find(name)
        if found is None:
            return
        if labels_of(found).get(creation.CONTAINER) != rollout.release.service.container_name:
            raise StepFailed(f"{name} is the name of another container: remove or rename that one")
        self._containers.remove(found["Id"])

    def _carried(self, rollout: Rollout) -> dict[str, str]:
        """Anonymous volumes of the old container, by place, where the new one has one, too."""
        old = self._old(rollout)
        declared = {volume.target for volume in rollout.release.service.volumes}
        places = self._images.volumes(rollout.release.image) | declared
        volumes = anonymous_volumes(old) if old else {}
        return {place: name for place, name in volumes.items() if place in places}

    def _start(self, step: Start, rollout: Rollout) -> None:
        self._containers.start(self._there(step.which, rollout)["Id"])

    def _gate(self, step: Gate, rollout: Rollout) -> None:
        which = self._there(step.which, rollout)["Id"]
        if step.is_one_shot:
            gates.wait_for_end(self._containers, which, step.health.deadline)
        else:
            gates.wait(self._containers, which, step.health)

    def _join(self, _step: Join, rollout: Rollout) -> None:
        new = self._there("new", rollout)
        joined = new["NetworkSettings"]["Networks"]
        for network in rollout.release.service.networks:
            has = (joined.get(network.name) or {}).get("Aliases") or ()
            if set(network.aliases) <= set(has) and network.name in joined:
                continue
            if network.name in joined:
                self._containers.disconnect(new["Id"], network.name)
            endpoint = creation.endpoint(network, has_aliases=True)
            self._containers.connect(new["Id"], network.name, endpoint)

    def _drain(self, step: Drain, _rollout: Rollout) -> None:
        time.sleep(step.seconds)

    def _stop(self, step: Stop, rollout: Rollout) -> None:
        container = self._find(step.which, rollout)
        if container is not None:
            self._containers.stop(container)

    def _rename(self, step: Rename, rollout: Rollout) -> None:
        container = self._find(step.which, rollout)
        if container is not None and name_of(container) != step.name:
            self._containers.rename(container["Id"], step.name)

    def _set_restart(self, step: SetRestart, rollout: Rollout) -> None:
        container = self._find(step.which, rollout)
        if container is None or restart_of(container) == step.policy:
            return
        if not container["HostConfig"]["AutoRemove"]:  # which the engine does not let restart
            self._containers.set_restart(container["Id"], step.policy)

    def _watch(self, step: Watch, rollout: Rollout) -> None:
        gates.watch(self._containers, self._there("new", rollout)["Id"], step.health)

    def _remove(self, _step: Remove, rollout: Rollout) -> None:
        new = self._new(rollout)
        if new is not None:
            self._containers.remove(new["Id"])

    def _restore(self, step: Restore, rollout: Rollout) -> None:
        old = rollout.running.current
        if old is None or self._old(rollout) is not None:
            return
        body, endpoints = again(json.loads(old.snapshot))
        body["Labels"] = {**(body.get("Labels") or {}), creation.RESTORED: old.id}
        which = self._containers.create(body, step.name)
        joined = self._inspect(which)["NetworkSettings"]["Networks"]
        for name, endpoint in endpoints.items():
            if name not in joined:
                self._containers.connect(which, name, endpoint)

    def _prune(self, step: Prune, rollout: Rollout) -> None:
        name = rollout.release.service.container_name
        there = [described(each) for each in self._containers.named(f"{name}-prev-")]
        for each in superfluous(there, name, step.keep):
            self._containers.remove(each.id)
        reference = ImageReference.parse(rollout.release.image)
        self._images.prune(reference.name, self._containers)

    def _there(self, which: Which, rollout: Rollout) -> Inspected:
        found = self._find(which, rollout)
        if found is None:
            raise StepFailed(f"the {which} container is gone")
        return found

    def _find(self, which: Which, rollout: Rollout) -> Inspected | None:
        return self._old(rollout) if which == OLD else self._new(rollout)

    def _new(self, rollout: Rollout) -> Inspected | None:
        found = self._containers.labelled({creation.ROLLOUT: key_of(rollout)})
        return found[0] if found else None

    def _old(self, rollout: Rollout) -> Inspected | None:
        old = rollout.running.current
        if old is None:
            return None
        found = self._containers.find(old.id)
        if found is None:
            restored = self._containers.labelled({creation.RESTORED: old.id})
            return restored[0] if restored else None
        return found

    def _inspect(self, which: str) -> Inspected:
        found = self._containers.find(which)
        if found is None:
            raise StepFailed("the container that was made is gone")
        return found

    def _shared(self, service: Service) -> str:
        """The id of the container whose network the service is in; empty if it has its own."""
        shared = service.shares_network_of
        found = self._containers.find(shared) if shared else None
        return str(found["Id"]) if found else ""


def key_of(rollout: Rollout) -> str:
    """By which the new container of a rollout is known, also after a crash."""
    old = rollout.running.current
    release = rollout.release
    said = (
        f"{release.number} {release.fingerprint} {old.id if old else ''} {rollout.running.network}"
    )
    return hashlib.sha256(said.encode()).hexdigest()[:32]
