"""The collector: it looks for garbage a little at a time, and counts what there is.

Decides the pace. After each short transaction it rests several times as long as that took, so
that pushes find the database free.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import islice

from structlog.typing import FilteringBoundLogger

from longshore.delivery.environments import joining
from longshore.registry import audit, garbage, logins, moves, statistics
from longshore.registry.garbage import Collected
from longshore.server.config import Settings
from longshore.server.wiring import Parts
from longshore.storage.sql.clock import wall_clock

REST = 4  # times as long as the transaction before it
LONGEST_REST = 1.0  # seconds, however long it had to wait or the machine slept
MEASURE_EVERY = 300.0  # seconds between two counts of all rows
STRAYS_AT_ONCE = 200  # files looked at in a round
STRAY_AGE = 3600_000  # ms after which bytes without a row can not be a push under way


class Collector:
    def __init__(self, settings: Settings, parts: Parts, log: FilteringBoundLogger) -> None:
        self._settings = settings
        self._parts = parts
        self._log = log
        self._measured = -MEASURE_EVERY
        self._files = self._parts.store.list()

    async def round(self) -> None:
        """One round: rows, bytes, uploads without an end, bytes without a row, and totals."""
        done = await collect_all(self._parts, rest=REST)
        if done.manifests or done.blobs:
            self._log.info("collected", **done._asdict())
        before = wall_clock() - self._settings.upload_expiry * 1000
        expired, active = await self._parts.store.expire(before)
        strays = await self._remove_strays()
        if expired or strays:
            self._log.info("cleared", expired_uploads=expired, stray_files=strays)
        await self._forget()
        measured = {"uploads": active, "collector_last_run_seconds": wall_clock() // 1000}
        if time.monotonic() - self._measured >= MEASURE_EVERY:
            measured |= await self._parts.metadata.read(statistics.measure)
            self._measured = time.monotonic()
        done_now = {"expired_uploads": expired, "stray_files": strays}
        await self._parts.metadata.write(statistics.record, measured, done_now)

    async def _forget(self) -> None:
        """What has had its time: old lines of the audit log and of histories, expired proofs."""
        metadata, settings = self._parts.metadata, self._settings
        await metadata.write(logins.forget)
        await metadata.write(joining.forget)
        for expire, retention in (
            (audit.expire, settings.audit_retention),
            (moves.expire, settings.history_retention),
        ):
            before = wall_clock() - retention * 1000
            while await metadata.write(expire, before):
                pass  # each is a short transaction, and others come between

    async def _remove_strays(self) -> int:
        old = [key for key, committed in self._some_files() if wall_clock() - committed > STRAY_AGE]
        strays = await self._parts.metadata.read(garbage.strays, old)
        for key in strays:
            await self._parts.store.delete(key)
        return len(strays)

    def _some_files(self) -> Iterator[tuple[str, int]]:
        """The next files of a walk over all of them that takes many rounds."""
        some = list(islice(self._files, STRAYS_AT_ONCE))
        if len(some) < STRAYS_AT_ONCE:
            self._files = self._parts.store.list()
        return iter(some)


async def collect_all(
    parts: Parts, rest: float = 0.0, tell: Callable[[Collected], None] | None = None
) -> Collected:
    """Collect until nothing is due, resting after each transaction; answers what was done."""
    total = Collected()
    while True:
        started = time.monotonic()
        done = await parts.metadata.write(garbage.collect)
        done += Collected(files=await garbage.unlink(parts.metadata, parts.store))
        total += done
        if not done.looked_at and not done.files:
            return total
        if tell is not None:
            tell(total)
        await asyncio.sleep(min(rest * (time.monotonic() - started), LONGEST_REST))
