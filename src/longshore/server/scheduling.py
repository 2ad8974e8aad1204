"""The schedule: environments are looked at when a window opens, a time has passed, a host is lost.

Decides how exact that is. A look at what is due is one read by an index, and nothing is written
while nothing is. Answers that nobody took go by the same clock.
"""

from __future__ import annotations

import time

from structlog.typing import FilteringBoundLogger

from longshore.delivery.environments import following, hosts, logs
from longshore.delivery.environments.reporting import LOST_AFTER
from longshore.delivery.ports import Metadata

LOOK_EVERY = 1.0  # seconds


class Schedule:
    def __init__(self, metadata: Metadata, log: FilteringBoundLogger) -> None:
        self._metadata = metadata
        self._log = log
        self._began = time.monotonic()

    async def round(self) -> None:
        """Look at all that is due, and for hosts and readers of logs that are lost."""
        await look(self._metadata)
        await forget(self._metadata)
        # Before, nobody may have been heard of for no other reason than that nobody listened.
        if time.monotonic() - self._began > LOST_AFTER / 1000:
            await lose(self._metadata, self._log)


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
