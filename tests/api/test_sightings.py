"""When agents were heard of is written down some at a time, and holds up nobody."""

import asyncio
from typing import Any

import pytest

from longshore.api import sightings
from longshore.api.sightings import Sightings
from longshore.delivery.environments.agents import Sighting
from longshore.oci.errors import StorageFull
from longshore.storage.memory.metadata import MemoryMetadata
from tests.backends import HOUR, Time
from tests.delivery.environments.yard import Yard, environment


@pytest.fixture
async def yard() -> Yard:
    time = Time()
    yard = Yard(MemoryMetadata(HOUR, time), time)
    await yard.apply(environment("staging"))
    return yard


class Writes:
    """What goes to the rows; the disk may be full."""

    def __init__(self, metadata: Any) -> None:
        self._metadata = metadata
        self.count = 0
        self.is_full = False
        self.written = asyncio.Event()

    async def write(self, *args: Any) -> Any:
        self.count += 1
        if self.is_full:
            raise StorageFull
        await self._metadata.write(*args)
        self.written.set()


@pytest.fixture
def writes(yard: Yard) -> Writes:
    return Writes(yard.metadata)


@pytest.fixture
def noted(writes: Writes) -> Sightings:
    return Sightings(writes)  # type: ignore[arg-type]  # nothing is read


async def seen(yard: Yard) -> dict[str, int | None]:
    found = await yard.metadata.read(lambda tx: tx.agents.of("staging"))
    return {agent.host: agent.generation for agent in found}


async def test_many_are_written_in_one_transaction_each_as_it_was_last(
    yard: Yard, writes: Writes, noted: Sightings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sightings, "WRITE_AFTER", 0.001)
    for number in range(100):
        noted.note(Sighting("staging", f"host-{number % 50}", number))
    assert writes.count == 0
    await writes.written.wait()
    assert writes.count == 1
    assert await seen(yard) == {f"host-{number - 50}": number for number in range(50, 100)}


async def test_nothing_is_written_when_nobody_was_heard_of(
    writes: Writes, noted: Sightings
) -> None:
    await noted.write()
    assert writes.count == 0


async def test_what_a_full_disk_refused_is_written_later_unless_there_is_newer(
    yard: Yard, writes: Writes, noted: Sightings
) -> None:
    writes.is_full = True
    for host in ("a", "b"):
        noted.note(Sighting("staging", host, 1))
    await noted.write()
    noted.note(Sighting("staging", "b", 2))
    writes.is_full = False
    await noted.write()
    assert await seen(yard) == {"a": 1, "b": 2}
