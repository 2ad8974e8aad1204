"""SIGKILL of whoever rolls out, at every act: one container is left, the desired or the previous.

Never none and never two, whatever the process was doing, and with start-first at every moment one
that runs. What is on disk meanwhile is its owner's alone, and gone when the rollout has ended.
"""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Network, Volume
from tests.clients import killing
from tests.clients.engines import Engine
from tests.clients.killed_rollout import SECRET, place_of
from tests.clients.rolling import BUSYBOX, END, ORDERS, Host
from tests.depth import some

QUICK = Health(running=0.1, deadline=5, watch=0.1)
STEP = 60  # milliseconds that a step takes which waits for nothing

both_orders = pytest.mark.parametrize("order", ORDERS)
Measured = Callable[[str, object], None]


class Killing(killing.Killing):
    """A service that the agent makes containers for."""

    def __init__(self, there: Host, order: str) -> None:
        self._there = there
        self._order = order
        volumes = (Volume("/data", there.volume(), is_shared=order == "start-first"),)
        self._service = there.service(
            networks=(Network(there.network(30), ("www",)),),
            volumes=volumes,
            secrets={"PASSWORD": "database"},
            health=QUICK,
            order=order,
            keep=1,
        )
        wait = [BUSYBOX, "sleep", "600"]
        images = there.image("one", command=wait), there.image("two", command=wait)
        super().__init__(place_of(there), images, there.image("bad", command=END))

    def release(self, image: str, number: int) -> Release:
        return Release(self._service, image, number)

    def look(self) -> str:
        names = self._there.names()
        assert [name for name, runs in names.items() if runs] == [self._there.name], names
        assert len(names) <= 2, names
        current = self._there.inspect()
        assert current["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
        assert f"PASSWORD={SECRET}" in current["Config"]["Env"]
        [place] = current["NetworkSettings"]["Networks"].values()
        assert "www" in place["Aliases"]
        assert not [file for file in self._journal() if SECRET in file.read_text()]
        return str(current["Config"]["Image"])

    def look_between(self) -> None:
        if self._order == "start-first":
            assert any(self._there.names().values()), "nothing runs"
        assert {stat.S_IMODE(file.stat().st_mode) for file in self._journal()} == {0o600}

    def _journal(self) -> list[Path]:
        """Files that say something; their folder lets nobody else in."""
        folder = self._there.folder / "journal"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        return [file for file in folder.iterdir() if file.suffix != ".lock"]


@both_orders
def test_a_kill_after_each_step(
    engine: Engine, there: Host, order: str, record_property: Measured
) -> None:
    """Every other one on each engine, and of these some."""
    service = Killing(there, order)
    mine = list(service.after_each_step())[engine.name == "current" :: 2]
    kills = [service.kill(case) for case in some(mine)]
    assert all(kills)
    record_property("kills", len(kills))


@pytest.mark.soak
@both_orders
def test_a_kill_at_every_act(there: Host, order: str, record_property: Measured) -> None:
    service = Killing(there, order)
    kills = sum(service.kill(case) for case in list(service.at_every_act(STEP)))
    assert kills >= 60
    record_property("kills", kills)
