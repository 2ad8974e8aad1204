"""When agents were heard of, written down some at a time.

Decides how often: an agent asks once a minute, and a transaction for each of hundreds would keep
the disk busy with nothing new. What was not written yet is lost with the process, and the agent is
heard of again.
"""

from __future__ import annotations

import asyncio

from longshore.delivery.environments import agents
from longshore.delivery.environments.agents import Sighting
from longshore.delivery.ports import Metadata
from longshore.oci.errors import StorageFull, TooManyRequests

WRITE_AFTER = 5.0  # seconds


class Sightings:
    """Those of one process."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._noted: dict[tuple[str, str], Sighting] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def note(self, seen: Sighting) -> None:
        """Write it down before long."""
        self._noted[seen.environment, seen.host] = seen
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WRITE_AFTER, self._begin)

    async def write(self) -> None:
        """Write down what was noted, now."""
        noted, self._noted = self._noted, {}
        if not noted:
            return
        try:
            await self._metadata.write(agents.see, list(noted.values()))
        except (StorageFull, TooManyRequests):
            # Whoever asks shall not depend on it; what was heard of since is newer.
            for place, seen in noted.items():
                self._noted.setdefault(place, seen)

    def _begin(self) -> None:
        self._timer = None
        self._writing = asyncio.ensure_future(self.write())
