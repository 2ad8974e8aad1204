"""The schedule: environments are looked at when a window opens, a time has passed, a host is lost.

Decides how exact that is. A look at what is due is one read by an index, and nothing is written
while nothing is. Answers that nobody took go by the same clock. A round that fails is logged and
the next one tries again.
"""

from __future__ import annotations

import asyncio
import time

from structlog.typing import FilteringBoundLogger

from longshore.delivery.environments import following, hosts, logs
from longshore.delivery.environments.reporting import LOST_AFTER
from longshore.delivery.ports import Metadata

INTERVAL = 1.0  # seconds


async def run(metadata: Metadata, log: FilteringBoundLogger) -> None:
    """Look for ever."""
    began = time.monotonic()
    while True:
        try:
            await look(metadata)
            await forget(metadata)
            # Before, nobody may have been heard of for no other reason than that nobody listened.
            if time.monotonic() - began > LOST_AFTER / 1000:
                await lose(metadata, log)
        except Exception:
            log.exception("schedule failed")  # the next round may succeed
        await asyncio.sleep(INTERVAL)


async def lose(metadata: Metadata, log: FilteringBoundLogger) -> None:
    """Note who has not been heard of for too long."""
    while await metadata.read(hosts.are_silent):
        for agent in await metadata.write(hosts.lose):
            log.warning("agent lost", environment=agent.environment, host=agent.host)


async def look(metadata: Metadata) -> int:
    """Look at all that is due; answers how many environments that were."""
    looked_at = 0
    while await metadata.read(following.is_due):
        done = await metadata.write(following.look_due)
        looked_at += done
        if not done:  # another process was quicker
            break
    return looked_at


async def forget(metadata: Metadata) -> None:
    """Remove answers that nobody has taken, as soon as nobody will."""
    if await metadata.read(logs.is_due):
        await metadata.write(logs.forget)
