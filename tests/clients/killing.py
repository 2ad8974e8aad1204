"""A service that is rolled out again and again, and each time somebody is killed.

Decides at which acts, and that another finishes what was left. What has to be seen of the service
then is the tests' part.
"""

import abc
import random
from collections.abc import Iterator
from typing import NamedTuple

from longshore.delivery.rollouts.release import Release
from tests.clients.killed_rollout import (
    RECORD,
    Kill,
    Place,
    is_killed,
    resumed,
    rolled_out,
)


class Case(NamedTuple):
    """A kill of a rollout that goes well, or of one that goes back."""

    is_good: bool
    kill: Kill


class Killing(abc.ABC):
    """Each kill goes on from where the one before it left the service."""

    def __init__(self, place: Place, images: tuple[str, str], bad: str) -> None:
        self._place = place
        self._images = images
        self._bad = bad
        self._number = 0
        self._image = ""
        self.acts(is_good=True)

    @abc.abstractmethod
    def release(self, image: str, number: int) -> Release:
        """What is due."""

    @abc.abstractmethod
    def look(self) -> str:
        """The image of the one container that runs; fails if it is not as it should be."""

    def look_between(self) -> None:  # noqa: B027  # few have something to see then
        """Look at what a killed process has left."""

    def acts(self, *, is_good: bool) -> tuple[str, ...]:
        """What is done in a rollout that nobody kills."""
        due = self._next(is_good=is_good)
        acts = rolled_out(self._place, due)
        self._image = self.look()
        assert (self._image == due.image) == is_good
        return acts

    def kill(self, case: Case) -> bool:
        """Kill one and have another finish; answers whether it came to a kill at all."""
        before, due = self._image, self._next(is_good=case.is_good)
        was_killed = is_killed(self._place, due, case.kill)
        self.look_between()
        if case.kill.act % 2:
            resumed(self._place, due)
            assert self.look() in {before, due.image} - {self._bad}
        rolled_out(self._place, due)
        self._image = self.look()
        assert self._image == (due.image if case.is_good else before)
        return was_killed

    def after_each_step(self) -> Iterator[Case]:
        """Kills when a step is done, and nobody has written so."""
        for is_good in (True, False):
            for number, act in enumerate(self.acts(is_good=is_good)):
                if act == RECORD:
                    yield Case(is_good, Kill(number))

    def at_every_act(self, longest: int) -> Iterator[Case]:
        """Kills before each step and each record, and within, after at most so many ms."""
        chance = random.Random(0)
        for is_good in (True, False):
            for number, _ in enumerate(self.acts(is_good=is_good)):
                yield Case(is_good, Kill(number))
                yield Case(is_good, Kill(number, chance.randrange(1, longest)))

    def _next(self, *, is_good: bool) -> Release:
        self._number += 1
        good = next(image for image in self._images if image != self._image)
        return self.release(good if is_good else self._bad, self._number)
