"""Who waits for a change is woken by one, by the end of its time, and by the end of the worker."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.api import waiting
from longshore.api.waiting import Changes
from longshore.delivery.deploying import version
from tests.delivery.yard import Yard, environment, opened

LONG = 60.0  # seconds: whoever is not woken makes the test time out


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    with opened("sqlite", tmp_path) as found:
        yield found


@pytest.fixture
def changes(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Changes:
    monkeypatch.setattr(waiting, "INTERVAL", 0.001)
    return Changes(yard.metadata)


async def begun(changes: Changes, seen: int, count: int = 1) -> list["asyncio.Task[bool]"]:
    """So many who wait, and have come so far that they do."""
    tasks = [asyncio.create_task(changes.after(seen, LONG)) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_everybody_is_woken_by_a_change(yard: Yard, changes: Changes) -> None:
    await yard.apply(environment("staging", follow="master"))
    tasks = await begun(changes, await yard.metadata.read(version), 50)
    assert not any(task.done() for task in tasks)
    await yard.push(1, "master")
    assert await asyncio.gather(*tasks) == [True] * 50


async def test_what_has_changed_before_wakes_at_once(yard: Yard, changes: Changes) -> None:
    seen = await yard.metadata.read(version)
    await yard.apply(environment("staging", follow="master"))
    await yard.push(1, "master")
    assert await changes.after(seen, LONG)


async def test_who_comes_later_is_not_woken_by_what_is_known(yard: Yard, changes: Changes) -> None:
    """Nor by what somebody saw who waited long ago."""
    seen = await yard.metadata.read(version)
    await yard.apply(environment("staging", follow="master"))
    await yard.push(1, "master")
    assert await changes.after(seen, LONG)
    now = await yard.metadata.read(version)
    assert not await changes.after(now, 0.01)
    await asyncio.sleep(0.01)  # nobody looks any more
    assert not await changes.after(now, 0.01)


async def test_nobody_waits_once_the_worker_ends(yard: Yard, changes: Changes) -> None:
    seen = await yard.metadata.read(version)
    tasks = await begun(changes, seen, 5)
    changes.end()
    assert await asyncio.gather(*tasks) == [False] * 5
    assert not await changes.after(seen, LONG)


async def test_one_too_many_is_answered_at_once(
    yard: Yard, changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await yard.metadata.read(version)
    [task] = await begun(changes, seen)
    monkeypatch.setattr(waiting, "MOST", 1)
    assert not await changes.after(seen, LONG)
    changes.end()
    await task
