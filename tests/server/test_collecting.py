"""The pace of the collector."""

import asyncio
from pathlib import Path

import pytest

from longshore.registry import garbage
from longshore.server import collecting, wiring
from tests.content import image
from tests.filled import Filled


def test_it_rests_after_each_step_and_never_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a step that waited for the database, or in which the machine slept."""
    rests: list[float] = []

    async def sleep(seconds: float) -> None:
        rests.append(seconds)

    async def collect() -> None:
        parts = wiring.connect(filled.settings)
        done = await collecting.collect_all(parts, rest=1e9)
        parts.metadata.close()
        assert done.manifests == 12

    filled = Filled(tmp_path / "data", grace=0)
    config = filled.push_blob("one", b"{}")
    for number in range(12):
        filled.push("one", image(config, annotations={"n": f"{number}"}))
    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(collect())
    assert set(rests) == {collecting.LONGEST_REST}
    assert len(rests) >= 12 / garbage.BATCH
