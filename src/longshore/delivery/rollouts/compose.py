"""A rollout of a service of a Compose project: how another image takes its place, and how it goes.

Decides the steps, as `delivery.rollouts.planning` does where the agent makes the containers itself.
Here only Compose does: the project is told which image, and brought up; told the old one, and
brought up again. What the project's own file says is not said a second time.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any

from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.planning import Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.delivery.rollouts.steps import (
    AFTER,
    BEFORE,
    NEW,
    OLD,
    VERIFY,
    Down,
    Gate,
    Pin,
    Prune,
    Pull,
    Step,
    Up,
    Watch,
)

_OURS = {"name", "image", "health", "depends_on", "keep"}


def plan(release: Release, running: Running) -> tuple[Step, ...]:
    """What is to be done; nothing where what is due runs and the project says so."""
    old, health = running.current, release.service.health
    bring_up: tuple[Step, ...] = (Up(), Gate(NEW, health))
    if old and old.fingerprint == release.fingerprint and running.pinned == release.image:
        return () if old.is_running else bring_up
    watch = [Watch(health)] if health.watch else []
    pin = Pin(release.image, release.fingerprint)
    return (
        Pull(),
        *running.hook(BEFORE, running.name),
        pin,
        *bring_up,
        *running.hook(VERIFY),
        *watch,
        Prune(release.service.keep),
        *running.hook(AFTER),
    )


def undo(release: Release, running: Running, health: Health) -> tuple[Step, ...]:
    """How the old image runs again; `health` is what it has to show. It stays pinned."""
    old = running.current
    if old is None:
        return (Down(), Pin(""))
    if old.fingerprint == release.fingerprint:
        return ()  # what was mended is what is due
    back = Pin(old.image, old.fingerprint)
    if not old.is_running:
        return (back, Up(is_started=False))
    return (back, Up(), Gate(OLD, health))


def said_twice(service: Service) -> tuple[str, ...]:
    """What the service says that the project's file has to say, by name."""
    said = [each.name for each in fields(service) if each.name not in _OURS]
    defaults = {each.name: _default(each) for each in fields(service)}
    twice = [name for name in said if getattr(service, name) != defaults[name]]
    return (*twice, *(["health.check"] if service.health.check else []))


def _default(each: Field[Any]) -> object:
    return each.default_factory() if each.default_factory is not MISSING else each.default
