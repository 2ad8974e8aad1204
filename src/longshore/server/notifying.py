"""The sender of notifications: it looks for letters that are due, and brings them to their targets.

Decides the pace, and that one process sends at a time, of all that share the rows: whoever has
the lease. A target that is slow, or down, holds up no other. A letter goes from the outbox once
its target has taken it, so after a crash it may come once more, never once less.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from functools import partial

from structlog.typing import FilteringBoundLogger

from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.outbox import Letter, Messenger, Target, Undelivered
from longshore.delivery.ports import Metadata

LOOK_EVERY = 0.5  # seconds
EXPIRE_EVERY = 60.0  # seconds
TARGETS_AT_ONCE = 32
LETTERS_AT_ONCE = 100  # to one target, before others are looked at again
REST_AFTER_ERROR = 30.0  # seconds: a disk that is full shall not make us send again and again
RENEW_AFTER = subscriptions.LEASE_PERIOD / 1000 / 3  # seconds


class Sender:
    """Belongs to one event loop."""

    def __init__(self, metadata: Metadata, messenger: Messenger, log: FilteringBoundLogger) -> None:
        self._metadata = metadata
        self._messenger = messenger
        self._log = log
        self._holder = secrets.token_hex(8)
        self._renew_at = self._expire_at = float("-inf")
        self._sending: dict[str, asyncio.Task[None]] = {}

    async def look(self) -> None:
        """Begin with what is due and not under way."""
        due = await self._metadata.read(subscriptions.due)
        idle = [name for name in due if name not in self._sending]
        room = TARGETS_AT_ONCE - len(self._sending)
        # An idle server writes nothing: it has no lease.
        if idle[:room] and await self._has_lease():
            for name in idle[:room]:
                self._sending[name] = asyncio.create_task(self._send_all(name))
                self._sending[name].add_done_callback(partial(self._ended, name))
        if time.monotonic() >= self._expire_at:
            await self._expire()

    async def _has_lease(self) -> bool:
        if time.monotonic() < self._renew_at:
            return True
        begun = time.monotonic()
        if not await self._metadata.write(subscriptions.take_lease, self._holder):
            return False
        self._renew_at = begun + RENEW_AFTER
        return True

    def _ended(self, name: str, _: asyncio.Task[None]) -> None:
        del self._sending[name]

    async def _send_all(self, name: str) -> None:
        """Send one after the other, until there is none, or one is not taken."""
        try:
            for _ in range(LETTERS_AT_ONCE):
                found = await self._metadata.read(subscriptions.next_letter, name)
                if found is None or not await self._has_lease():
                    return
                if not await self._send(name, *found):
                    return
        except Exception as problem:  # noqa: BLE001  it is tried again
            self._log.error("sender failed", subscription=name, exc_info=problem)
            await asyncio.sleep(REST_AFTER_ERROR)

    async def _send(self, name: str, target: Target, letter: Letter) -> bool:
        """Whether the target has taken it."""
        told = {"subscription": name, "event_id": letter.message.id}
        try:
            await self._messenger.send(target, letter.message)
        except Undelivered as problem:
            chance = random.random()  # noqa: S311
            await self._metadata.write(subscriptions.failed, name, letter, problem, chance)
            self._log.warning("notification not taken", **told, cause=problem.cause)
            return False
        await self._metadata.write(subscriptions.delivered, name, letter)
        self._log.debug("notified", **told)
        return True

    async def _expire(self) -> None:
        """Give up what is too old; each is a short transaction, and others come between."""
        self._expire_at = time.monotonic() + EXPIRE_EVERY
        while given_up := await self._metadata.write(subscriptions.expire):
            for name, count in given_up:
                self._log.error("notifications given up", subscription=name, letters=count)
