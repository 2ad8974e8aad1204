"""SIGKILL of whoever rolls out a service of a Compose project, at every act.

`docker compose` outlives who started it, and goes on meanwhile. In the end one container is left,
which runs the desired or the previous image with its data, and `docker compose up` changes nothing.
"""

from collections.abc import Callable

import pytest

from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.release import Release
from tests.clients import killing
from tests.clients.composing import SERVICE, ComposeHost
from tests.clients.engines import Engine
from tests.clients.killed_rollout import place_of
from tests.clients.rolling import END
from tests.depth import some

QUICK = Health(running=0.2, deadline=5, watch=0.1)
UP = 2000  # milliseconds that `docker compose up` may take to replace a container

Measured = Callable[[str, object], None]


class Killing(killing.Killing):
    """A service of a project."""

    def __init__(self, composed: ComposeHost) -> None:
        self._composed = composed
        self._acts: dict[bool, tuple[str, ...]] = {}
        there = composed.there
        images = there.image("one"), there.image("two")
        super().__init__(place_of(there, composed), images, there.image("bad", command=END))

    def release(self, image: str, number: int) -> Release:
        return self._composed.release(image, number, QUICK)

    def acts(self, *, is_good: bool) -> tuple[str, ...]:
        """The same each time: even the first good one has a container to replace."""
        if is_good not in self._acts:
            self._acts[is_good] = super().acts(is_good=is_good)
        return self._acts[is_good]

    def look(self) -> str:
        found = self._composed.container()
        assert found["Name"] == f"/{self._composed.there.name}-{SERVICE}-1"
        assert self._composed.run("cat", "/www/data/file") == "precious"
        self._composed.compose("up", "--detach", SERVICE)
        assert self._composed.container()["Id"] == found["Id"]
        return str(found["Config"]["Image"])


def test_a_kill_after_each_step(
    engine: Engine, composed: ComposeHost, record_property: Measured
) -> None:
    """Every other one on each engine, and some of these."""
    service = Killing(composed)
    mine = some(list(service.after_each_step())[engine.name == "current" :: 2])
    kills = [service.kill(case) for case in mine]
    assert all(kills)
    record_property("kills", len(kills))


@pytest.mark.soak
def test_a_kill_at_every_act(composed: ComposeHost, record_property: Measured) -> None:
    service = Killing(composed)
    kills = sum(service.kill(case) for case in list(service.at_every_act(UP)))
    assert kills >= 30
    record_property("kills", kills)
