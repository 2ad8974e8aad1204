"""Health in the project file: what a new container has to show before it takes over.

Decides how that is written; durations have a unit, as in 30s. What it means is decided in
`delivery.rollouts.health`.
"""

from __future__ import annotations

import shlex
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from longshore.delivery import durations
from longshore.delivery.rollouts.health import Check, Health, Probe
from longshore.delivery.tags.rules import Part


def _words(given: Any) -> Any:
    """A command in one line is taken apart as a shell would."""
    return shlex.split(given) if isinstance(given, str) else given


def _seconds(given: Any) -> Any:
    return durations.seconds(given) if isinstance(given, str) else given


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Duration = Annotated[float, BeforeValidator(_seconds)]


class HTTPProbe(Part):
    """An HTTP request to the container, from outside of it."""

    path: str = "/"
    """What is asked for."""

    port: int = 80
    """The port in the container."""

    host: str = ""
    """What the Host header says."""

    status: int = 0
    """The status that is wanted; any from 200 to 299 if it is left out."""

    timeout: Duration = 5.0
    """How long an answer may take."""

    interval: Duration = 1.0
    """How long to wait before asking again."""


class HealthCommand(Part):
    """A command in the container, in place of the image's HEALTHCHECK."""

    command: Words = ()
    """What is run; without it, the image's command with these times."""

    interval: Duration = 0.0
    """How long to wait before it is run again."""

    timeout: Duration = 0.0
    """How long it may take."""

    retries: int = 0
    """How often it may fail in a row."""

    start_period: Duration = 0.0
    """How long a failure after the start does not count."""

    disabled: bool = False
    """Whether the image's HEALTHCHECK counts for nothing."""

    def to_check(self) -> Check:
        return Check(
            self.command,
            self.interval,
            self.timeout,
            self.retries,
            self.start_period,
            self.disabled,
        )


class HealthPart(Part):
    """What a new container has to show before the one it replaces goes."""

    http: HTTPProbe | None = None
    """A request that has to be answered well."""

    check: HealthCommand | None = None
    """A command that has to succeed."""

    running: Duration = 5.0
    """How long it has to run without a restart, if there is nothing to ask."""

    deadline: Duration = 60.0
    """How long it may take to become healthy."""

    watch: Duration = 10.0
    """How long after that a failure still brings the old one back."""

    def to_health(self) -> Health:
        """What it means; raises ValueError where it does not go together."""
        return Health(
            check=None if self.check is None else self.check.to_check(),
            http=None if self.http is None else Probe(**dict(self.http)),
            running=self.running,
            deadline=self.deadline,
            watch=self.watch,
        )

    @model_validator(mode="after")
    def _makes_sense(self) -> HealthPart:
        self.to_health()
        return self
