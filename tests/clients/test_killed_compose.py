"""SIGKILL of whoever rolls out a service of a Compose project, at every act.

`docker compose` outlives who started it, and goes on meanwhile. In the end one container is left,
which runs the desired or the previous image with its data, and `docker compose up` changes nothing.
"""

import random

import pytest

from longshore.delivery.rollouts.health import Health
from tests.clients.composing import SERVICE, ComposeHost
from tests.clients.rolling import END
from tests.clients.test_killed_rollouts import NO_KILL, Case, run

QUICK = Health(running=0.2, deadline=5, watch=0.2)
UP = 2000  # milliseconds that `docker compose up` may take to replace a container


class Killing:
    """A service whose images change in turn, and each time somebody is killed."""

    def __init__(self, composed: ComposeHost) -> None:
        self._composed = composed
        there = composed.there
        self._images = [there.image("one"), there.image("two")]
        self._bad = there.image("bad", command=END)
        self._number = 0
        self._image = ""

    def roll_out(self, case: Case) -> int | None:
        """Kill one, have another finish, and look; answers the acts, None for a kill."""
        self._number += 1
        good = next(image for image in self._images if image != self._image)
        due = self._composed.release(good if case.is_good else self._bad, self._number, QUICK)
        there, folder = self._composed.there, str(self._composed.folder)
        ended = run(there, due, "roll out", case, folder)
        for what in ("resume", "roll out"):
            assert run(there, due, what, NO_KILL, folder), case
            self._check(case)
        if case.is_good:
            assert self._composed.container()["Config"]["Image"] == due.image, case
        self._image = self._composed.container()["Config"]["Image"]
        return ended.acts if ended else None

    def _check(self, case: Case) -> None:
        found = self._composed.container()
        assert found["Name"] == f"/{self._composed.there.name}-{SERVICE}-1", case
        assert found["Config"]["Image"] != self._bad, case
        assert self._composed.run("cat", "/data/file") == "precious", case
        self._composed.compose("up", "--detach", SERVICE)
        assert self._composed.container()["Id"] == found["Id"], case


def cases(killing: Killing) -> list[Case]:
    """A kill before each act, and one within."""
    chance = random.Random(0)
    found = []
    for is_good in (True, False):
        acts = killing.roll_out(Case(is_good, "never", 0))
        assert acts is not None
        for act in range(acts):
            found.append(Case(is_good, "before", act))
            found.append(Case(is_good, "within", act, chance.randrange(1, UP)))
    return found


def test_some_kills(composed: ComposeHost) -> None:
    killing = Killing(composed)
    killing.roll_out(NO_KILL)
    some = random.Random(1).sample(cases(killing), 5)
    assert sum(killing.roll_out(case) is None for case in some) >= 3


@pytest.mark.soak
def test_a_kill_at_every_act(composed: ComposeHost) -> None:
    killing = Killing(composed)
    killing.roll_out(NO_KILL)
    assert sum(killing.roll_out(case) is None for case in cases(killing)) >= 30
