"""A job is done again and again, whatever a round comes to, until it is told to end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from longshore.server.repeating import PATIENCE, Job, repeat

HOUR = 3600.0  # seconds
OFTEN = 12  # rounds


class Rounds:
    """Rounds of which some fail with a `problem`, and the pauses after them, which take no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        self.pauses: list[float] = []
        self.problem: Exception | None = None
        self.failing = most
        self.log = LogCapture()
        self._most = most
        monkeypatch.setattr(asyncio, "sleep", self._sleep)

    async def run(self, pause: float) -> None:
        with pytest.raises(asyncio.CancelledError):
            await repeat(Job("job", self._round, pause), logger(self.log))

    async def _round(self) -> None:
        if self.problem and len(self.pauses) < self.failing:
            raise self.problem

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) == self._most:
            raise asyncio.CancelledError


def logger(log: LogCapture) -> Any:
    return structlog.wrap_logger(None, processors=[log])


async def test_a_round_that_fails_is_logged_and_the_pauses_grow_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds = Rounds(monkeypatch, OFTEN)
    rounds.problem = OSError("no database")
    await rounds.run(0.0)
    assert len(rounds.log.entries) == OFTEN
    assert {(line["job"], line["event"]) for line in rounds.log.entries} == {
        ("job", "round failed")
    }
    assert rounds.pauses[0] <= PATIENCE.first
    assert rounds.pauses[-1] >= PATIENCE.longest / 2
    assert max(rounds.pauses) <= PATIENCE.longest


async def test_a_job_that_rests_for_long_rests_no_longer_when_it_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds = Rounds(monkeypatch, OFTEN)
    rounds.problem = OSError("no database")
    await rounds.run(HOUR)
    assert set(rounds.pauses) == {HOUR}


async def test_a_round_that_succeeds_ends_the_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = Rounds(monkeypatch, OFTEN)
    rounds.problem = OSError("no database")
    rounds.failing = OFTEN - 1
    await rounds.run(0.5)
    assert rounds.pauses[-2] > 0.5
    assert rounds.pauses[-1] == 0.5


async def forever() -> None:
    await asyncio.Event().wait()


async def nothing() -> None:
    pass


@pytest.mark.parametrize("round_", [forever, nothing], ids=["in a round", "in a pause"])
async def test_it_ends_at_once_when_it_is_told_to(round_: Callable[[], Awaitable[None]]) -> None:
    log = LogCapture()
    running = asyncio.create_task(repeat(Job("job", round_, HOUR), logger(log)))
    await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=HOUR)
    assert done == {running}
    assert running.cancelled()
    assert log.entries == []
