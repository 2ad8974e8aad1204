"""What the agent needs of the world besides an engine: somebody who says what is due.

Ports; one suite of tests runs their contracts on every implementation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from longshore.delivery.rollouts.release import Release

Condition = Literal["starting", "healthy", "failed"]


class Unreachable(Exception):
    """Nobody says what is due now; what runs goes on."""


@dataclass(frozen=True)
class Due:
    """What a host is to run. `generation` grows with every change."""

    generation: int
    releases: tuple[Release, ...]


@dataclass(frozen=True)
class Report:
    """What has become of a release on this host."""

    service: str
    number: int
    condition: Condition
    image: str = ""
    """What runs, by digest; empty if nothing of this service does."""
    detail: str = ""
    """Why it is not what is due, or what was wrong all the same, for people."""


class Desired(Protocol):
    """Whoever decides what is due."""

    def wait(self, known: int | None, seconds: float) -> Due | None:
        """What is due, as soon as its generation is another than the one that is known.

        None is that it is not, after so many seconds, or at once where too many wait. Raises
        Unreachable.
        """

    def report(self, reports: Sequence[Report]) -> None:
        """Take what is known of every service, again and again; raises Unreachable."""


class Memory(Protocol):
    """What was due when somebody last said so, for a start while nobody does."""

    def read(self) -> Due | None:
        """None if nobody ever did."""

    def write(self, due: Due) -> None:
        """When this returns, no power cut loses it."""
