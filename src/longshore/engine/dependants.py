"""Containers in the network of another, such as those behind a VPN, when that one is replaced.

Decides how they come along: the engine ties them to the container that was there, so each is made
again, in the new one's network, and the one before waits under another name until the rollout has
ended well. On the way back it only has to start again. The same holds for one that is among the
processes of another, or has its shared memory.
"""

from __future__ import annotations

from longshore.delivery.rollouts.execution import Rollout
from longshore.delivery.rollouts.planning import Container, name_of_next
from longshore.delivery.rollouts.steps import NEW, OLD, Follow, Return
from longshore.engine import creation
from longshore.engine.containers import Containers
from longshore.engine.finding import Finder, key_of
from longshore.engine.inspection import Inspected
from longshore.engine.making import Maker


class Dependants:
    """Takes those of one engine along."""

    def __init__(self, containers: Containers, finder: Finder, maker: Maker) -> None:
        self._containers = containers
        self._finder = finder
        self._maker = maker

    def follow(self, step: Follow, rollout: Rollout) -> None:
        dependant = _of(step.id, rollout)
        copy = self._copy(dependant, rollout)
        which = copy["Id"] if copy else self._make(dependant, rollout)
        original = self._containers.find(dependant.id)
        if original is not None:
            self._containers.set_restart(original, "no")
            self._containers.stop(original)
            self._containers.rename(original, f"{dependant.name}-prev-{dependant.id[:6]}")
        self._put(which, dependant)
        if dependant.is_running:
            self._containers.start(which)

    def give_back(self, step: Return, rollout: Rollout) -> None:
        dependant = _of(step.id, rollout)
        copy = self._copy(dependant, rollout)
        if copy is not None:
            self._containers.remove(copy["Id"])
        original = self._containers.find(dependant.id)
        if original is None:
            return
        self._put(original["Id"], dependant)
        old = self._finder.there(OLD, rollout)
        is_cut_off = old["State"]["StartedAt"] > original["State"]["StartedAt"]
        if dependant.is_running and (is_cut_off or not original["State"]["Running"]):
            self._containers.stop(original)
            self._containers.start(original["Id"])

    def forget(self, rollout: Rollout) -> None:
        """What waited for a way back is of no use: the network that it was in is gone."""
        for dependant in rollout.running.dependants:
            if self._copy(dependant, rollout) is not None:
                self._containers.remove(dependant.id)

    def _make(self, dependant: Container, rollout: Rollout) -> str:
        old, new = rollout.running.current, self._finder.there(NEW, rollout)
        moved = {old.id: new["Id"]} if old else {}
        labels = {creation.FOLLOWS: _key(dependant, rollout)}
        name = name_of_next(dependant.name, rollout.release.number)
        return self._maker.repeat(dependant.snapshot, name, labels, moved)

    def _copy(self, dependant: Container, rollout: Rollout) -> Inspected | None:
        return self._containers.labelled(creation.FOLLOWS, _key(dependant, rollout))

    def _put(self, which: str, dependant: Container) -> None:
        """Give it the name and the policy that the dependant had."""
        container = self._containers.get(which)
        self._containers.rename(container, dependant.name)
        self._containers.set_restart(container, dependant.restart)


def _of(which: str, rollout: Rollout) -> Container:
    return next(each for each in rollout.running.dependants if each.id == which)


def _key(dependant: Container, rollout: Rollout) -> str:
    return f"{key_of(rollout)}-{dependant.id[:12]}"
