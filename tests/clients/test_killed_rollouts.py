"""SIGKILL of whoever rolls out, at every act: one container is left, the desired or the previous.

Never none and never two, whatever the process was doing, and with start-first at every moment one
that runs. Each kill goes on from where the one before it left the service.
"""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Network, Volume
from tests.clients.rolling import BUSYBOX, END, ORDERS, Host

QUICK = Health(running=0.2, deadline=5, watch=0.2)
ROOT = Path(__file__).parents[2]


class Case(NamedTuple):
    """A kill: of a rollout that goes well or not, at an act."""

    is_good: bool
    when: str
    act: int
    milliseconds: int = 0


class Ended(NamedTuple):
    acts: int
    result: str


def run(there: Host, release: Release, what: str, case: Case, *project: str) -> Ended | None:
    """Run the program; None if it was killed."""
    command = [sys.executable, "-m", "tests.clients.killed_rollout"]
    command += [f"{there.engine.folder}/docker.sock", str(there.folder / "journal"), what]
    command += [case.when, str(case.act), str(case.milliseconds), *project]
    ended = subprocess.run(
        command,
        input=msgspec.json.encode(release),
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **there.engine.environment},
        check=False,
    )
    if ended.returncode == -signal.SIGKILL:
        return None
    assert ended.returncode == 0, ended.stderr.decode()
    acts, result = ended.stdout.split()
    return Ended(int(acts), result.decode())


NO_KILL = Case(is_good=True, when="never", act=0)


class Killing:
    """A service that is rolled out again and again, and each time somebody is killed."""

    def __init__(self, there: Host, order: str) -> None:
        self._there = there
        self._order = order
        volumes = (Volume("/data", there.volume(), is_shared=order == "start-first"),)
        places = (Network(there.network(30), ("www",)),)
        self._service = there.service(
            networks=places, volumes=volumes, health=QUICK, order=order, keep=1
        )
        wait = [BUSYBOX, "sleep", "600"]
        self._images = [there.image("one", command=wait), there.image("two", command=wait)]
        self._bad = there.image("bad", command=END)
        self._number = 0
        self._image = ""

    def release(self, *, is_good: bool) -> Release:
        self._number += 1
        image = self._images[self._number % 2] if is_good else self._bad
        return Release(self._service, image, self._number)

    def settle(self) -> None:
        """Roll out without a kill."""
        due = self.release(is_good=True)
        assert run(self._there, due, "roll out", NO_KILL)
        self._image = due.image

    def acts(self, *, is_good: bool) -> int:
        """How many acts a rollout has that nobody kills."""
        ended = run(self._there, self.release(is_good=is_good), "roll out", NO_KILL)
        assert ended is not None
        if is_good:
            self._image = self._images[self._number % 2]
        return ended.acts

    def check(self, case: Case) -> bool:
        """Kill one, have another finish, and look; say whether it came to a kill at all."""
        due = self.release(is_good=case.is_good)
        if due.image == self._image:
            due = self.release(is_good=True)
        is_killed = run(self._there, due, "roll out", case) is None
        if self._order == "start-first":
            assert any(self._there.names().values()), f"nothing ran: {case}"
        what = "resume" if case.act % 2 else "roll out"
        assert run(self._there, due, what, NO_KILL)
        self._check_one(due, case)
        assert run(self._there, due, "roll out", NO_KILL)
        self._check_one(due, case)
        if case.is_good:
            assert self._image == due.image, f"not what was due: {case}"
        return is_killed

    def _check_one(self, due: Release, case: Case) -> None:
        names = self._there.names()
        running = [name for name, runs in names.items() if runs]
        assert running == [self._there.name], f"{names}: {case}"
        assert len(names) <= 2, f"{names}: {case}"
        current = self._there.inspect()
        assert current["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped", f"{case}"
        assert current["Config"]["Image"] in {self._image, due.image} - {self._bad}, f"{case}"
        [place] = current["NetworkSettings"]["Networks"].values()
        assert "www" in place["Aliases"], f"{case}"
        self._image = current["Config"]["Image"]


def cases(killing: Killing) -> list[Case]:
    """A kill before and within each act, of a rollout that goes well and of a bad one."""
    chance = random.Random(0)
    found = []
    for is_good in (True, False):
        for act in range(killing.acts(is_good=is_good)):
            found.append(Case(is_good, "before", act))
            found.append(Case(is_good, "within", act, chance.randrange(1, 60)))
    return found


@pytest.mark.parametrize("order", ORDERS)
def test_some_kills(there: Host, order: str) -> None:
    killing = Killing(there, order)
    killing.settle()
    some = random.Random(order).sample(cases(killing), 8)
    assert sum(killing.check(case) for case in some) >= 5


@pytest.mark.soak
@pytest.mark.parametrize("order", ORDERS)
def test_a_kill_at_every_act(there: Host, order: str) -> None:
    killing = Killing(there, order)
    killing.settle()
    kills = sum(killing.check(case) for case in cases(killing))
    assert kills >= 60
