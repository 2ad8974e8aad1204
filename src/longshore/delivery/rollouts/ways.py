"""The ways of a rollout, forward and back, whoever makes the containers: the agent, or Compose.

Decides which of its steps leave what was there before as it is, and which are only for after the
end. What the steps are is decided in `planning` and in `compose`.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.delivery.rollouts import compose, planning
from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.planning import Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.steps import (
    AFTER,
    NEW,
    Create,
    Hook,
    Pull,
    Remove,
    Step,
    Stop,
)


class Way(NamedTuple):
    """What brings a release about, and what is done when its end is known, good or bad."""

    steps: tuple[Step, ...]
    last: tuple[Step, ...] = ()


def forward(release: Release, running: Running) -> Way:
    """No steps where what is due runs."""
    found = (compose.plan if running.is_composed else planning.plan)(release, running)
    last = [each for each in found if isinstance(each, Hook) and each.moment == AFTER]
    return Way(tuple(each for each in found if each not in last), tuple(last))


def back(
    release: Release, running: Running, health: Health, *, is_untouched: bool
) -> tuple[Step, ...]:
    """How everything becomes as it was; `health` is what the old container has to show."""
    if is_untouched:
        return () if running.is_composed else (Stop(NEW), Remove())
    undo = compose.undo if running.is_composed else planning.undo
    return undo(release, running, health)


def touches_nothing(step: Step) -> bool:
    """Whether what was there before is as it was, however the step ends."""
    return isinstance(step, Pull | Create | Remove | Hook) or step == Stop(NEW)


def title(step: Step) -> str:
    which = getattr(step, "which", getattr(step, "moment", ""))
    return f"{type(step).__name__} {which}".strip().lower()
