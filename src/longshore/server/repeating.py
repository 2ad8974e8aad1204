"""A job of the process beside the workers, done again and again for as long as that lives.

Decides what a failure costs: it is logged, and pauses grow until a round succeeds, so that a full
disk or a locked database is not asked all the time. It ends when its task is cancelled, in a pause
or in a round, and holds nothing then. Knows nothing of what the jobs do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from structlog.typing import FilteringBoundLogger

from longshore.client.patience import Patience

PATIENCE = Patience(first=1.0, longest=30.0)


class Job(NamedTuple):
    """`name` is what the log calls it; `pause` is how long it rests after a round, in seconds."""

    name: str
    round: Callable[[], Awaitable[object]]
    pause: float


async def repeat(job: Job, log: FilteringBoundLogger) -> None:
    """Do it for ever."""
    failures = 0
    while True:
        try:
            await job.round()
            failures = 0
        except Exception:
            failures += 1
            log.exception("round failed", job=job.name)
        rest = PATIENCE.pause(failures) if failures else 0.0
        await asyncio.sleep(max(job.pause, rest))
