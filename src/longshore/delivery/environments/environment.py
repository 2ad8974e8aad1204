"""An environment: services that run together somewhere, and what decides which images they run.

Decides what can be said of one, and what does not go together. What it runs at this moment, and
whether it may change, are decided in `targets` and `gates`. Times are in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from longshore.delivery.environments.windows import MOST, Window
from longshore.delivery.rollouts.services import Service, in_order
from longshore.delivery.tags.series import Series
from longshore.oci.errors import ManifestInvalid
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.accounts import NAME

MOST_APPROVALS = 20
LONGEST = 366 * 86400  # seconds

_NAME = re.compile(NAME)


@dataclass(frozen=True)
class Environment:
    """What somebody has declared; the default follows nothing and has no rules."""

    name: str
    services: tuple[Service, ...]

    follow: str = ""
    """A tag, or a range of versions such as `~1.0`; all images of the environment follow it."""
    pin: str = ""
    """A tag whose image is run from when it was first seen; it may move, the environment stays."""
    prereleases: bool = False
    """Whether a range takes pre-releases."""
    min_age: float = 0
    """How long a tag has to name an image before that is followed."""

    promote_from: str = ""
    """The environment that has to have verified an image before this one runs it."""
    verified_after: float = 0
    """How long an image has to be healthy here before it counts as verified."""

    approvals: int = 0
    """How many accounts have to approve an image; who asks for it does not count."""
    approvers: tuple[str, ...] = ()
    """Accounts and `@groups` that may approve, beside administrators of everything."""
    deployers: tuple[str, ...] = ()
    """Accounts and `@groups` that may deploy, roll back, pin, resume and freeze."""
    agents: tuple[str, ...] = ()
    """Accounts and `@groups` of hosts: they may ask what is to run, and report what does."""

    windows: tuple[Window, ...] = ()
    """When it may change; always, if there are none."""

    def __post_init__(self) -> None:
        _check_names(self)
        _check_services(self)
        _check_track(self)
        _check_amounts(self)

    @cached_property
    def range(self) -> Series | None:
        """The range that is followed, if it is no tag."""
        return Series.read(self.follow, has_prereleases=self.prereleases)

    @cached_property
    def repositories(self) -> tuple[RepositoryName, ...]:
        """Those of its services' images, in order."""
        return tuple(sorted({RepositoryName(service.image) for service in self.services}))

    @property
    def track(self) -> str:
        """What it follows, in words."""
        if self.pin:
            return f"is pinned to {self.pin}"
        return f"follows {self.follow}" if self.follow else "follows nothing"

    def concerns(self, tags: Iterable[str]) -> bool:
        """Whether a move of one of these tags may change what is to run."""
        return any(
            tag in {self.follow, self.pin} or (self.range and self.range.version(tag))
            for tag in tags
        )

    def kept(self, repository: RepositoryName) -> int:
        """How many images of the repository can be gone back to."""
        return max(each.keep for each in self.services if each.image == repository)


def check_order(environments: Mapping[str, Environment]) -> None:
    """Each is promoted to from one that is there and runs all of its images, and in no circle.

    Raises ValueError.
    """
    for name, environment in environments.items():
        earlier = environment.promote_from
        if earlier and earlier not in environments:
            raise ValueError(
                f"{name} is promoted to from {earlier}, and there is no such environment"
            )
    check_line(environments)


def check_line(environments: Mapping[str, Environment]) -> None:
    """As `check_order`, of some environments of several; raises ValueError."""
    for environment in environments.values():
        seen = [environment.name]
        while (earlier := environments[seen[-1]].promote_from) in environments:
            if earlier in seen:
                raise ValueError(
                    f"images would be promoted in a circle: {' from '.join([*seen, earlier])}"
                )
            seen.append(earlier)
        for name in seen[1:2]:
            _check_images(environment, environments[name])


def _check_images(environment: Environment, earlier: Environment) -> None:
    missing = set(environment.repositories) - set(earlier.repositories)
    if missing:
        raise ValueError(
            f"{environment.name} is promoted to from {earlier.name}, which has no service of"
            f" {min(missing)} and so never verifies one"
        )


def _check_names(environment: Environment) -> None:
    if not _NAME.fullmatch(environment.name):
        raise ValueError(
            f"{environment.name[:80]!r} is no name: an environment has at most 64 letters,"
            " digits, '.', '_', '@', '+' or '-', and begins with a letter or a digit"
        )
    for subject in (*environment.approvers, *environment.deployers, *environment.agents):
        if not _NAME.fullmatch(subject.removeprefix("@")):
            raise ValueError(f"{subject[:80]!r} is no account and no @group")


def _check_services(environment: Environment) -> None:
    if not environment.services:
        raise ValueError("an environment has at least one service")
    in_order(environment.services)


def _check_track(environment: Environment) -> None:
    if environment.follow and environment.pin:
        raise ValueError("an environment follows a tag or is pinned to one, not both")
    for tag in filter(None, (environment.pin, "" if environment.range else environment.follow)):
        try:
            Tag.parse(tag)
        except ManifestInvalid as error:
            raise ValueError(
                f"{tag[:80]} is no tag, and no range of versions such as ~1.0, ^1 or 1.x: {error}"
            ) from None
    if environment.prereleases and not environment.range:
        raise ValueError("prereleases is for a range of versions; a tag names what it names")
    if environment.promote_from == environment.name:
        raise ValueError("an environment is not promoted to from itself")


def _check_amounts(environment: Environment) -> None:
    for what, amount in (
        ("min_age", environment.min_age),
        ("verified_after", environment.verified_after),
    ):
        if not 0 <= amount <= LONGEST:
            raise ValueError(f"{what} is from nothing to a year")
    if not 0 <= environment.approvals <= MOST_APPROVALS:
        raise ValueError(f"there are at most {MOST_APPROVALS} approvals, and not less than none")
    if len(environment.windows) > MOST:
        raise ValueError(f"an environment has at most {MOST} windows")
