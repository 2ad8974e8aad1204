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


@dataclass(frozen=True)
class Question:
    """What somebody wants to read of the log of a service.

    The last `tail` lines, of the last `since` seconds if that is said; or those later than `after`,
    in nanoseconds, of which one may be waited for `patience` seconds. The answer has at most `most`
    bytes, and is sealed to `key`.
    """

    id: int
    service: str
    key: str
    tail: int
    since: int | None
    after: int
    patience: int
    most: int


@dataclass(frozen=True)
class Asked:
    """Questions that were not known. `number` is the one to know from now on."""

    number: int
    questions: tuple[Question, ...]


class Questions(Protocol):
    """Whoever hands on what is asked of this host's logs."""

    @property
    def place(self) -> str:
        """This host and its environment, as answers are bound to them."""

    def asked(self, known: int, seconds: float) -> Asked | None:
        """What is asked, as soon as its number is another than the one that is known.

        None is that nothing is, after so many seconds, or at once where too many wait. Raises
        Unreachable.
        """

    def answer(self, number: int, content: bytes) -> None:
        """Hand on the answer to the question of that id; raises Unreachable."""


class Memory(Protocol):
    """What was due when somebody last said so, for a start while nobody does."""

    def read(self) -> Due | None:
        """None if nobody ever did."""

    def write(self, due: Due) -> None:
        """When this returns, no power cut loses it."""
