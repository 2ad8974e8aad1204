"""Containers, made: the new one of a release, and the old one where it is gone.

Decides what of the old container the new one takes over, its anonymous volumes, and what becomes
of a name that is taken. A container that is half made (in one network of two) is completed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from longshore.delivery.rollouts.execution import Rollout, StepFailed
from longshore.delivery.rollouts.steps import NEW, OLD, Create, Join, Restore
from longshore.engine import creation
from longshore.engine.containers import Containers
from longshore.engine.creation import Body
from longshore.engine.finding import Finder, key_of
from longshore.engine.inspection import again, anonymous_volumes, labels_of, networks_of
from longshore.engine.pulling import Images

Secrets = Callable[[str], str]


class Maker:
    """Makes containers at one engine."""

    def __init__(
        self, containers: Containers, finder: Finder, images: Images, secrets: Secrets
    ) -> None:
        self._containers = containers
        self._finder = finder
        self._images = images
        self._secrets = secrets

    def create(self, step: Create, rollout: Rollout) -> None:
        places = {
            network.name: creation.endpoint(network, has_aliases=step.has_aliases)
            for network in rollout.release.service.networks
        }
        new = self._finder.find(NEW, rollout)
        which = new["Id"] if new else self._make(step.name, rollout, places)
        self._join_missing(which, places)

    def join(self, step: Join, rollout: Rollout) -> None:
        container = self._finder.there(step.which, rollout)
        joined = networks_of(container)
        for network in rollout.release.service.networks:
            has = (joined.get(network.name) or {}).get("Aliases") or ()
            if network.name in joined and set(network.aliases) <= set(has):
                continue
            if network.name in joined:
                self._containers.disconnect(container["Id"], network.name)
            place = creation.endpoint(network, has_aliases=True)
            self._containers.connect(container["Id"], network.name, place)

    def restore(self, step: Restore, rollout: Rollout) -> None:
        old = rollout.running.current
        if old is not None and self._finder.find(OLD, rollout) is None:
            self.repeat(old.snapshot, step.name, {creation.RESTORED: old.id}, {})

    def repeat(
        self, snapshot: str, name: str, labels: Mapping[str, str], moved: Mapping[str, str]
    ) -> str:
        """Make a container again; `moved` has ids of others by those they took the place of."""
        body, places = again(json.loads(snapshot), moved)
        body["Labels"] = {**(body.get("Labels") or {}), **labels}
        body["Labels"].pop(creation.ROLLOUT, None)
        which = self._containers.create(body, name)
        self._join_missing(which, places)
        return which

    def _make(self, name: str, rollout: Rollout, places: Mapping[str, Body]) -> str:
        self._clear(name, rollout)
        release, service = rollout.release, rollout.release.service
        if service.shares_network_of and not rollout.running.network:
            raise StepFailed(f"{service.shares_network_of}, whose network it is in, is not there")
        secret = {variable: self._secrets(key) for variable, key in service.secrets.items()}
        variables = {**service.environment, **secret}
        body = creation.body(release, variables, self._carried(rollout), rollout.running.network)
        body["Labels"][creation.ROLLOUT] = key_of(rollout)
        first = {network.name: places[network.name] for network in service.networks[:1]}
        body["NetworkingConfig"] = {"EndpointsConfig": first}
        return self._containers.create(body, name)

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
        old = self._finder.find(OLD, rollout)
        declared = {volume.target for volume in rollout.release.service.volumes}
        places = self._images.volumes(rollout.release.image) | declared
        volumes = anonymous_volumes(old) if old else {}
        return {place: name for place, name in volumes.items() if place in places}

    def _join_missing(self, which: str, places: Mapping[str, Body]) -> None:
        made = self._containers.find(which)
        if made is None:
            raise StepFailed("the container that was made is gone")
        for name in places.keys() - networks_of(made).keys():
            self._containers.connect(which, name, places[name])
