"""What every handler is given: the ports it may use, and this server's limits.

Decides nothing; it is filled once, where the program is wired.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from longshore.api.authentication import Authenticator
from longshore.api.messages import Request
from longshore.api.metrics import Metrics
from longshore.api.origin import Origin
from longshore.api.rates import RequestRate
from longshore.api.sightings import Sightings
from longshore.api.waiting import Waiting
from longshore.delivery.notifications.outbox import Messenger
from longshore.delivery.ports import Metadata
from longshore.registry.credentials import Credentials
from longshore.registry.stores import ByteStore


class Space(Protocol):
    """Room on the disk, in bytes."""

    def available(self) -> int: ...

    def require(self) -> None:
        """Raises StorageFull when too little is left to write."""

    def watched(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The chunks, as long as there is room; raises StorageFull."""


class OpenUploads(Protocol):
    """The uploads that are open in all workers."""

    def require(self) -> None:
        """To be asked before another begins; raises TooManyRequests when there are enough."""


@dataclass(frozen=True, slots=True)
class Context:
    metadata: Metadata
    store: ByteStore
    space: Space
    open_uploads: OpenUploads
    metrics: Metrics
    credentials: Credentials
    authenticator: Authenticator
    origin: Origin
    messenger: Messenger
    manifest_limit: int  # bytes
    page_limit: int  # entries
    token_lifetime: int  # seconds
    waiting: Waiting  # hosts, for what they are to run
    listening: Waiting  # hosts, for questions about logs
    reading: Waiting  # those who ask, for answers
    sightings: Sightings
    is_open: bool  # anybody may do everything, as long as there is no account
    body_min_rate: int = 0  # bytes a second
    request_rate: RequestRate | None = None
    certificate_expires: int | None = None  # since the epoch; None without TLS

    def end_waits(self) -> None:
        """Answer all who wait for news, and whoever comes from now on at once."""
        for each in (self.waiting, self.listening, self.reading):
            each.close()

    def by(self, request: Request) -> Metadata:
        """The rows, changed for the caller of this request."""
        return self.metadata.by(request.actor)
