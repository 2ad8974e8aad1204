"""The containers of a rollout, found again whatever they are called at the time.

Decides by what: the new one by a label that it was made with, the old one by its id, or by a label
where it had to be made again.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from longshore.delivery.rollouts.execution import Rollout, StepFailed
from longshore.delivery.rollouts.planning import Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.delivery.rollouts.steps import NEW, Which
from longshore.engine import creation, own
from longshore.engine.containers import Containers
from longshore.engine.inspection import Inspected, described, labels_of, name_of


class Finder:
    """Looks at one engine."""

    def __init__(self, containers: Containers) -> None:
        self._containers = containers

    def observe(self, release: Release) -> Running:
        found = self._current(release.service.container_name)
        shared = release.shares_with
        other = self._containers.find(shared) if shared else None
        network = str(other["Id"]) if other else ""
        if found is None:
            return Running(network=network)
        own.refuse(found)
        there = Running(described(found), network)
        if there.is_due(release):
            return there  # nobody is looked for who would come along
        sharing = self._containers.sharing(found["Id"])
        dependants = [described(each) for each in sharing if not _is_aside(each)]
        return replace(there, dependants=tuple(dependants))

    def of_service(self, service: Service) -> list[Inspected]:
        """The one in its place first, then those that were made for it, the newest first."""
        name = service.container_name
        current = self._current(name)
        made = self._containers.all_labelled(creation.CONTAINER, name)
        made.sort(key=lambda each: str(each["Created"]), reverse=True)
        first = [current] if current is not None else []
        return [*first, *(each for each in made if current is None or each["Id"] != current["Id"])]

    def _current(self, name: str) -> Inspected | None:
        """The one of the name; else one that was in its place and that somebody renamed."""
        found = self._containers.find(name)
        if found is not None:
            return found
        of_service = self._containers.all_labelled(creation.CONTAINER, name)
        running = [each for each in of_service if each["State"]["Running"]]
        return running[0] if len(running) == 1 else None

    def find(self, which: Which, rollout: Rollout) -> Inspected | None:
        if which == NEW:
            return self._containers.labelled(creation.ROLLOUT, key_of(rollout))
        old = rollout.running.current
        if old is None:
            return None
        found = self._containers.find(old.id)
        return found or self._containers.labelled(creation.RESTORED, old.id)

    def there(self, which: Which, rollout: Rollout) -> Inspected:
        """Raises StepFailed if it is not."""
        found = self.find(which, rollout)
        if found is None:
            raise StepFailed(f"the {which} container is gone")
        return found


def key_of(rollout: Rollout) -> str:
    """By which what a rollout makes is known, also after a crash."""
    running, release = rollout.running, rollout.release
    old = running.current.id if running.current else ""
    said = f"{release.number} {release.fingerprint} {old} {running.network}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _is_aside(container: Inspected) -> bool:
    """Whether it is a service's, and not the one in the service's place."""
    place = labels_of(container).get(creation.CONTAINER)
    return place is not None and place != name_of(container)
