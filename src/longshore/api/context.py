"""What every handler is given: the ports it may use, and this server's limits.

Decides nothing; it is filled once, where the program is wired.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from longshore.api.metrics import Metrics
from longshore.registry.ports import ByteStore, Metadata


class Space(Protocol):
    """Room on the disk, in bytes."""

    def available(self) -> int: ...

    def require(self) -> None:
        """Raises StorageFull when too little is left to write."""


@dataclass(frozen=True, slots=True)
class Context:
    metadata: Metadata
    store: ByteStore
    space: Space
    metrics: Metrics
    manifest_limit: int  # bytes
    page_limit: int  # entries
