"""Environments in the project file: where the services run, and what decides on their images.

Decides how an environment is written, and that a service may differ from one to the next. What is
said is what a server is told; what it means is decided in `delivery`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from longshore.delivery.environments.environment import Environment, check_line
from longshore.delivery.environments.windows import Window
from longshore.delivery.rollouts.services import Service
from longshore.delivery.tags.rules import Part
from longshore.source.health import Duration
from longshore.source.services import ServicePart

_ANY = Service("service", "image")


class WindowPart(Part):
    """When an environment may change, or when it may not."""

    allow: str = ""
    """Days and hours in which it may, such as Mon-Thu 09:00-16:00."""

    deny: str = ""
    """Days and hours in which it may not."""

    tz: str = "UTC"
    """The time zone of these hours, such as Europe/Paris."""

    def to_window(self) -> Window:
        return Window(self.allow, self.deny, self.tz)

    @model_validator(mode="after")
    def _makes_sense(self) -> WindowPart:
        self.to_window()
        return self


def _services(given: Any) -> Any:
    """A list of names is short for services that differ in nothing."""
    if not isinstance(given, list):
        return given
    return {name: {} for name in given if isinstance(name, str)}


class EnvironmentPart(Part):
    """An environment."""

    follow: str = ""
    """A tag, or versions such as ~1.0, ^1 or 1.x: what it names is run."""

    pin: str = ""
    """A tag whose image is run from when it is first seen."""

    prereleases: bool = False
    """Whether versions that are followed may be pre-releases."""

    min_age: Duration = 0.0
    """How long a tag has to name an image before that is followed."""

    promote_from: str = ""
    """The environment that has to have verified an image before."""

    verified_after: Duration = 0.0
    """How long an image has to be healthy here before it counts as verified."""

    approvals: int = 0
    """How many accounts have to approve an image; who asks for it does not count."""

    approvers: tuple[str, ...] = ()
    """Accounts and @groups that may approve, beside administrators."""

    deployers: tuple[str, ...] = ()
    """Accounts and @groups that may deploy, roll back, pin, resume and freeze."""

    agents: tuple[str, ...] = ()
    """Accounts and @groups of its hosts."""

    windows: tuple[WindowPart, ...] = ()
    """When it may change; always, if there are none."""

    services: Annotated[dict[str, ServicePart], BeforeValidator(_services)] = Field(
        default_factory=dict
    )
    """Its services, with what differs here; all of the project, if it is left out."""

    def to_environment(self, name: str, services: tuple[Service, ...]) -> Environment:
        """What it means; raises ValueError where it does not go together."""
        same = {
            key: getattr(self, key)
            for key in EnvironmentPart.model_fields
            if key not in {"services", "windows"}
        }
        windows = tuple(window.to_window() for window in self.windows)
        return Environment(name=name, services=services, windows=windows, **same)

    @model_validator(mode="after")
    def _makes_sense(self) -> EnvironmentPart:
        self.to_environment("environment", (_ANY,))
        return self


def environments(
    declared: Mapping[str, EnvironmentPart], services: Mapping[str, ServicePart], image: str
) -> tuple[Environment, ...]:
    """All of them, of a project with this image; raises ValueError where they do not fit together.

    An environment may come after one that only the server knows.
    """
    made = {
        name: part.to_environment(name, tuple(_of(part, services, image)))
        for name, part in declared.items()
    }
    check_line(made)
    return tuple(made.values())


def _of(
    part: EnvironmentPart, services: Mapping[str, ServicePart], image: str
) -> Iterator[Service]:
    """The services of an environment, with what differs there."""
    unknown = part.services.keys() - services.keys()
    if unknown:
        raise ValueError(f"there is no service {min(unknown)}")
    for name in part.services or services:
        base = services[name]
        whole = part.services[name].over(base) if name in part.services else base
        yield whole.to_service(name, whole.image or image)
