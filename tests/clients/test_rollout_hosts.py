"""Rollouts on real engines of a host on which something else goes wrong.

Its engine starts anew, its disk is full, the registry is down, somebody tidies up. The new one is
healthy afterwards, or the old one runs as before.
"""

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from longshore.delivery.rollouts.execution import Unavailable
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Network
from longshore.engine import own
from tests.clients.engines import (
    ENGINE_20,
    ENGINE_CURRENT,
    Engine,
    current_engine,
    debian_engine,
    in_turn,
)
from tests.clients.killed_rollout import Kill, is_killed, place_of, rolled_out
from tests.clients.remote import Repository
from tests.clients.rolling import ORDERS, Host, essence, failure_of, host
from tests.crash import small_disk
from tests.crash.small_disk import MEBIBYTE
from tests.processes import free_port

STARTERS: dict[str, Callable[..., AbstractContextManager[Engine]]] = {
    "engine_20": debian_engine,
    "engine_current": current_engine,
}


@pytest.fixture(params=STARTERS)
def cramped(
    request: pytest.FixtureRequest, repository: Repository, tmp_path: Path
) -> Iterator[Host]:
    """Return a host whose engine has a small disk."""
    if problem := small_disk.obstacle():
        pytest.skip(problem)
    with (
        # Not below pytest's folder: the path of a socket has room for 107 characters.
        tempfile.TemporaryDirectory(prefix="longshore-disk-") as folder,
        small_disk.mounted(Path(folder)) as disk,
        STARTERS[request.param](disk=disk) as engine,
        host(engine, repository, tmp_path) as opened,
    ):
        yield opened


def test_a_full_disk_touches_nothing(cramped: Host) -> None:
    """Neither where there is no room for an image, nor where there is none for a container."""
    service = cramped.service(networks=(Network(cramped.network(50)),), order="stop-first")
    cramped.roll_out(service, cramped.image("one"), 1)
    before = cramped.inspect()
    second = cramped.image("two", files={"ballast": random.Random(0).randbytes(8 * MEBIBYTE)})
    filler = cramped.engine.folder / "filler"

    small_disk.fill(filler, leave=2 * MEBIBYTE)
    with pytest.raises(Unavailable, match="no space left"):
        cramped.roll_out(service, second, 2)
    filler.unlink()
    cramped.engine.docker("pull", second)
    small_disk.fill(filler)
    assert "no space left" in failure_of(cramped.roll_out(service, second, 2)).cause
    after = cramped.inspect()
    assert essence(after) == essence(before)
    assert after["State"]["StartedAt"] == before["State"]["StartedAt"]
    assert cramped.names() == {cramped.name: True}

    filler.unlink()
    assert cramped.roll_out(service, second, 3).result == "deployed"
    assert cramped.page() == "two"


@ENGINE_20
def test_a_registry_that_is_down_touches_nothing(there: Host) -> None:
    service = there.service(networks=(Network(there.network(51)),))
    there.roll_out(service, there.image("one"), 1)
    before = there.inspect()
    gone = f"127.0.0.1:{free_port()}/team/web@sha256:{'1' * 64}"
    with pytest.raises(Unavailable, match="can not be pulled"):
        there.roll_out(service, gone, 2)
    assert there.inspect()["State"] == before["State"]
    assert there.roll_out(service, there.image("two"), 3).result == "deployed"


@in_turn("order", ORDERS)
def test_an_engine_that_starts_anew_while_the_agent_is_away(there: Host, order: str) -> None:
    service = there.service(networks=(Network(there.network(52)),), order=order)
    place, images = place_of(there), [there.image("one"), there.image("two")]
    there.roll_out(service, images[1], 1)
    acts = rolled_out(place, Release(service, images[0], 2))
    restart(there.engine)
    assert [name for name, runs in there.names().items() if runs] == [there.name]
    assert there.roll_out(service, images[0], 2).result == "unchanged"

    due = Release(service, images[1], 3)
    assert is_killed(place, due, Kill(acts.index("gate new")))
    restart(there.engine)
    running = [name for name, runs in there.names().items() if runs]
    assert running == ([there.name] if order == "start-first" else [])
    rolled_out(place, due)
    assert [name for name, runs in there.names().items() if runs] == [there.name]
    assert there.page() == "two"


def restart(engine: Engine) -> None:
    engine.stop()
    engine.start()


@ENGINE_CURRENT
def test_images_that_somebody_removes_are_brought_again(there: Host) -> None:
    service = there.service(networks=(Network(there.network(53)),))
    images = [there.image("one"), there.image("two")]
    for number, image in enumerate(images, 1):
        there.roll_out(service, image, number)
    there.engine.docker("system", "prune", "--all", "--force")
    assert there.names() == {there.name: True}
    assert not there.has(images[0])
    assert there.roll_out(service, images[1], 2).result == "unchanged"
    assert there.roll_out(service, images[0], 3).result == "deployed"
    assert there.page() == "one"


def test_one_that_stopped_starts_without_the_image_that_somebody_removed(there: Host) -> None:
    service = there.service(networks=(Network(there.network(54)),))
    image = there.image("one")
    there.roll_out(service, image, 1)
    there.client.stop(there.name)
    names = there.client.inspect_image(image)  # type: ignore[no-untyped-call]
    there.engine.docker("rmi", "--force", *names["RepoTags"], *names["RepoDigests"])
    assert there.roll_out(service, image, 1).result == "mended"
    assert there.page() == "one"


def test_the_agent_leaves_its_own_container_alone(
    there: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = there.service(networks=(Network(there.network(55)),), order="stop-first")
    there.roll_out(service, there.image("one"), 1)
    before = there.inspect()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(there.run("cat", "/proc/self/mountinfo"))
    monkeypatch.setattr(own, "MOUNTS", mounts)
    with pytest.raises(Unavailable, match="runs in"):
        there.roll_out(service, there.image("two"), 2)
    assert there.inspect()["State"] == before["State"]
    assert there.names() == {there.name: True}
