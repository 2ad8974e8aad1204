"""The process beside the workers: what is never between a client and its reply.

Decides that the collector, the schedule of environments and the sender of notifications share it,
its database and its log, and that none waits for another.
"""

from __future__ import annotations

import asyncio
import os

from longshore.server import notifying, scheduling, wiring
from longshore.server.collecting import Collector
from longshore.server.config import Settings
from longshore.server.logs import make_logger
from longshore.server.notifying import Sender
from longshore.server.repeating import Job, repeat
from longshore.server.scheduling import Schedule

NICENESS = 10


def run(settings: Settings) -> None:
    """Work for ever."""
    os.nice(NICENESS)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    parts, log = wiring.connect(settings), make_logger(settings)
    sender = Sender(parts.metadata, wiring.notifier(settings), log)
    jobs = (
        Job("collector", Collector(settings, parts, log).round, settings.gc_interval),
        Job("schedule", Schedule(parts.metadata, log).round, scheduling.LOOK_EVERY),
        Job("sender", sender.look, notifying.LOOK_EVERY),
    )
    await asyncio.gather(*(repeat(job, log) for job in jobs))
