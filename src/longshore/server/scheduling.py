"""The schedule: environments are looked at when a window opens or a time has passed.

Decides how exact that is. A look at what is due is one read by an index, and nothing is written
while nothing is. A round that fails is logged and the next one tries again.
"""

from __future__ import annotations

import asyncio

from structlog.typing import FilteringBoundLogger

from longshore.delivery import following
from longshore.delivery.ports import Metadata

INTERVAL = 1.0  # seconds


async def run(metadata: Metadata, log: FilteringBoundLogger) -> None:
    """Look for ever."""
    while True:
        try:
            await look(metadata)
        except Exception:
            log.exception("schedule failed")  # the next round may succeed
        await asyncio.sleep(INTERVAL)


async def look(metadata: Metadata) -> int:
    """Look at all that is due; answers how many environments that were."""
    looked_at = 0
    while await metadata.read(following.is_due):
        done = await metadata.write(following.look_due)
        looked_at += done
        if not done:  # another process was quicker
            break
    return looked_at
