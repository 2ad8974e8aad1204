"""Health: what has to be seen of a new container before it counts, and for how long after.

Decides which question is asked: the HEALTHCHECK of the service or of the image, an HTTP request
from outside, both where both are there, else that it runs without a restart. A one-shot has run
when it ended with 0. How the questions are asked is the executor's. Times are in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """A command in the container, in place of the image's HEALTHCHECK; 0 is the engine's value."""

    command: tuple[str, ...] = ()
    """Program and arguments; empty keeps the image's command with the times given here."""
    interval: float = 0
    timeout: float = 0
    retries: int = 0
    start_period: float = 0
    is_disabled: bool = False
    """Whether the image's HEALTHCHECK counts for nothing."""

    def __post_init__(self) -> None:
        times = (self.interval, self.timeout, self.retries, self.start_period)
        if min(times) < 0:
            raise ValueError("times and retries are not negative")
        if self.is_disabled and (self.command or any(times)):
            raise ValueError("a HEALTHCHECK that is disabled has no command and no times")


@dataclass(frozen=True)
class Probe:
    """An HTTP request to the container, from outside of it."""

    path: str = "/"
    port: int = 80
    """The port in the container."""
    host: str = ""
    """What the Host header says; empty is the container's address."""
    status: int = 0
    """The status that is wanted; 0 is any from 200 to 299."""
    timeout: float = 5
    interval: float = 1

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise ValueError(f"{self.path}: a path begins with /")
        if not 1 <= self.port <= 65535:
            raise ValueError("a port is a number from 1 to 65535")
        if self.status and not 100 <= self.status <= 599:
            raise ValueError("a status is a number from 100 to 599")
        if self.timeout <= 0 or self.interval <= 0:
            raise ValueError("timeout and interval are more than nothing")

    def accepts(self, status: int) -> bool:
        """Whether an answer with this status is the one that is wanted."""
        return status == self.status if self.status else 200 <= status <= 299


@dataclass(frozen=True)
class Health:
    """What a new container has to show, and until when."""

    check: Check | None = None
    http: Probe | None = None
    running: float = 5
    """How long it has to run without a restart where there is nothing to ask."""
    deadline: float = 60
    """How long after its start it may take to become healthy."""
    watch: float = 10
    """How long after that an exit, a restart or a failed check still brings the old one back."""

    def __post_init__(self) -> None:
        if min(self.running, self.watch) < 0 or self.deadline <= 0:
            raise ValueError("the deadline is more than nothing, and no time is negative")
        if self.http is None and self.running > self.deadline:
            raise ValueError("it can not run for longer than the deadline before it counts")
