"""What an operator asks for beside a running server, or without one: look, collect, check.

Decides which parts that needs and how much of the database it takes: a transaction is short,
and is followed by a rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from longshore.registry import garbage, statistics
from longshore.registry.garbage import Collected
from longshore.registry.preview import Removal, preview
from longshore.server import wiring
from longshore.server.checking import Check, Checked, Watch
from longshore.server.collecting import collect_all
from longshore.server.config import Settings
from longshore.server.wiring import Parts
from longshore.storage.sql.clock import Clock, wall_clock

REST = 1  # times as long as the transaction before it
EVER = 100 * 365 * 86400_000  # ms; longer than anything is kept that nothing reaches

T = TypeVar("T")


def state(settings: Settings) -> Mapping[str, int]:
    """What there is, what waits for the collector, and what it has done so far."""

    async def work(parts: Parts) -> Mapping[str, int]:
        totals = await parts.metadata.read(statistics.totals)
        return {**totals, **await parts.metadata.read(statistics.measure)}

    return _run(settings, work)


def foresee(settings: Settings, *, in_time: bool = False) -> list[Removal]:
    """What `collect` would remove now, or `in_time`: when nothing is kept any longer.

    Removes nothing.
    """
    clock = _far_ahead if in_time else wall_clock
    return _run(settings, lambda parts: parts.metadata.read(preview), clock)


def _far_ahead() -> int:
    return wall_clock() + EVER


def end_undelete(settings: Settings, watch: Watch) -> int:
    """End the undelete window of all there is; answers of how much. The grace goes on."""

    async def work(parts: Parts) -> int:
        total = 0
        while hastened := await parts.metadata.write(garbage.hasten):
            total += hastened
            watch("undelete", total, total)
        return total

    return _run(settings, work)


def collect(settings: Settings, watch: Watch) -> Collected:
    """Remove everything that is due. A server may run, and another collector as well."""

    async def work(parts: Parts) -> Collected:
        queue = (await parts.metadata.read(statistics.measure))["garbage_queue"]

        def tell(done: Collected) -> None:
            # What is removed puts what it held into the queue.
            watch("collecting", done.looked_at, max(queue, done.looked_at))

        return await collect_all(parts, REST, tell)

    return _run(settings, work)


def check(settings: Settings, *, is_quick: bool, repairs: bool, watch: Watch) -> Checked:
    """Compare every row with every byte; with `repairs`, put right what can be."""
    return _run(settings, lambda parts: Check(parts, is_quick, repairs, watch).run())


def _run(settings: Settings, work: Callable[[Parts], Awaitable[T]], clock: Clock = wall_clock) -> T:
    async def run() -> T:
        parts = wiring.attach(settings, clock)
        try:
            return await work(parts)
        finally:
            parts.metadata.close()

    return asyncio.run(run())
