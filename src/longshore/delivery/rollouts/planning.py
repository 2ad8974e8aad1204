"""A rollout: how a new container of a service takes the place of the old one, and how it goes back.

Decides the steps from what is due and what is there. The new one is made before the old one is
touched, and the old one is kept until long after. Where nothing is held that only one can hold,
the new one is proven first; else the old one stops and waits. What the host wants to do itself has
its places in between. Nothing is done here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.steps import (
    AFTER,
    BEFORE,
    NEW,
    OLD,
    VERIFY,
    Create,
    Drain,
    Follow,
    Gate,
    Hook,
    Join,
    Moment,
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

NO_RESTART = "no"


@dataclass(frozen=True)
class Container:
    """A container that is there."""

    id: str
    name: str
    release: str = ""
    """Number of the release that it was made for; empty for one that was made by others."""
    fingerprint: str = ""
    image: str = ""
    is_running: bool = True
    exit_code: int = 0
    restart: str = NO_RESTART
    data: tuple[str, ...] = ()
    """Where it has anonymous data that it may write to."""
    networks: frozenset[str] = frozenset()
    network_of: str = ""
    """The id of the container whose network it is in."""
    created: str = ""
    """When, in the engine's words, which are in order as text."""
    snapshot: str = ""
    """What the engine would have to know to make it again."""


@dataclass(frozen=True)
class Running:
    """What there is of a service."""

    current: Container | None = None
    """The container in its place, which has its name unless somebody changed that by hand."""
    network: str = ""
    """The id of the container whose network it is to be in, if any."""
    dependants: tuple[Container, ...] = ()
    """Containers in the network of the current one, or among its processes; only where it is to be
    replaced."""
    is_composed: bool = False
    """Whether it is a service of a Compose project, which alone makes its container."""
    pinned: str = ""
    """The image that the project is told to run, by whoever rolled out there; empty if none."""
    hooks: tuple[Moment, ...] = ()
    """When the host has something to run itself."""

    def hook(self, moment: Moment, container: str = "") -> tuple[Hook, ...]:
        """The step for this moment, if the host has one."""
        return (Hook(moment, container),) if moment in self.hooks else ()

    @property
    def name(self) -> str:
        """Of the container that is there; empty if there is none."""
        return self.current.name if self.current else ""

    def is_due(self, release: Release) -> bool:
        """Whether the container was made from the release, and is in the network that it is to be
        in: then it is never replaced."""
        if self.current is None:
            return False
        is_same = self.current.fingerprint == release.fingerprint
        return is_same and self.current.network_of == self.network


def plan(release: Release, running: Running) -> tuple[Step, ...]:
    """What is to be done; nothing where what is due runs."""
    old = running.current
    if old is None:
        return _in_place(release, running, [])
    if running.is_due(release):
        return _mend(release, old)
    if release.service.is_start_first and old.is_running and not _holds_data(release, old):
        return _beside(release, running, old)
    return _in_place(
        release,
        running,
        [SetRestart(OLD, NO_RESTART), Stop(OLD), Rename(OLD, name_of_previous(release, old))],
    )


def undo(release: Release, running: Running, health: Health) -> tuple[Step, ...]:
    """How everything becomes as it was; `health` is what the old container has to show."""
    old = running.current
    if old is None:
        return (Stop(NEW), Remove())
    if running.is_due(release):
        return ()  # what was mended is what is due
    name = release.service.container_name
    back: list[Step] = [Stop(NEW), Remove(), Restore(name), Rename(OLD, name)]
    back.append(SetRestart(OLD, old.restart))
    if old.is_running:
        back += [Start(OLD), Gate(OLD, health)]
    return (*back, *(Return(each.id) for each in running.dependants))


def superfluous(containers: Iterable[Container], name: str, keep: int) -> tuple[Container, ...]:
    """Those of a service, by the name of its container, that can go: what is behind the last few
    before it, and what a rollout left that nobody remembers. Names that people gave are theirs."""
    known = list(containers)
    earlier = [each for each in known if each.name.startswith(f"{name}-prev-")]
    waiting = [each for each in earlier if not each.is_running]
    newest_first = sorted(waiting, key=lambda each: each.created, reverse=True)
    left = re.compile(rf"{re.escape(name)}-next-[0-9]+")
    return (*newest_first[keep:], *(each for each in known if left.fullmatch(each.name)))


def name_of_new(release: Release) -> str:
    """What the new container is called until it has the service's name."""
    return name_of_next(release.service.container_name, release.number)


def name_of_next(name: str, number: int) -> str:
    """What will take the place of a container is called so until it does."""
    return f"{name}-next-{number}"


def name_of_previous(release: Release, old: Container) -> str:
    """Part of the id is in it: numbers of releases can come again."""
    number = f"{old.release}-" if old.release else ""
    return f"{release.service.container_name}-prev-{number}{old.id[:6]}"


def _beside(release: Release, running: Running, old: Container) -> tuple[Step, ...]:
    """Start first: the old one runs on until the new one is proven and found by its names."""
    service = release.service
    name = name_of_new(release)
    joins: list[Step] = [Join(NEW), Gate(NEW, service.health)]
    has_aliases = any(network.aliases for network in service.networks)
    return (
        Pull(),
        Create(name, has_aliases=False),
        *running.hook(BEFORE, old.name),
        Start(NEW),
        Gate(NEW, service.health),
        *running.hook(VERIFY, name),
        *(joins if has_aliases else []),
        SetRestart(OLD, NO_RESTART),
        Rename(OLD, name_of_previous(release, old)),
        Rename(NEW, service.container_name),
        *(Follow(each.id) for each in running.dependants),
        *([Drain(service.drain)] if service.drain else []),
        Stop(OLD),
        *_settle(release, running),
    )


def _in_place(release: Release, running: Running, out_of_the_way: list[Step]) -> tuple[Step, ...]:
    service = release.service
    return (
        Pull(),
        Create(name_of_new(release), has_aliases=True),
        *running.hook(BEFORE, running.name),
        *out_of_the_way,
        Rename(NEW, service.container_name),
        Start(NEW),
        Gate(NEW, service.health, service.is_one_shot),
        *running.hook(VERIFY, service.container_name),
        *(Follow(each.id) for each in running.dependants),
        *_settle(release, running),
    )


def _settle(release: Release, running: Running) -> tuple[Step, ...]:
    """Only what is proven starts by itself again."""
    service = release.service
    watch = [Watch(service.health)] if service.health.watch and not service.is_one_shot else []
    return (
        SetRestart(NEW, service.restart_policy),
        *watch,
        Prune(service.keep),
        *running.hook(AFTER, service.container_name),
    )


def _mend(release: Release, old: Container) -> tuple[Step, ...]:
    """What somebody stopped or changed by hand becomes what it was."""
    service = release.service
    has_run = service.is_one_shot and old.exit_code == 0
    steps: list[Step] = []
    if old.name != service.container_name:
        steps.append(Rename(OLD, service.container_name))
    if not old.networks.issuperset(network.name for network in service.networks):
        steps.append(Join(OLD))
    if not old.is_running and not has_run:
        steps += [Start(OLD), Gate(OLD, service.health, service.is_one_shot)]
    if old.restart != service.restart_policy:
        steps.append(SetRestart(OLD, service.restart_policy))
    return tuple(steps)


def _holds_data(release: Release, old: Container) -> bool:
    """Whether the new one would write to the old one's anonymous data while that one runs."""
    return bool(old.data) and release.service.order == "auto"
