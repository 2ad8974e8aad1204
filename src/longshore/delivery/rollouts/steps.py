"""The steps of a rollout, each of which may be done twice.

Decides what each is to bring about. Whoever carries one out finds it done where it is done, so
that a rollout which was killed in between starts over. A step speaks of the new container, which
the rollout made, or of the old one, which was there before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from longshore.delivery.rollouts.health import Health

Which = Literal["new", "old"]
NEW: Which = "new"
OLD: Which = "old"

Moment = Literal["before", "verify", "after"]
BEFORE: Moment = "before"
VERIFY: Moment = "verify"
AFTER: Moment = "after"


@dataclass(frozen=True)
class Pull:
    """Bring the image of the release, by digest, and see that it is for this machine."""


@dataclass(frozen=True)
class Create:
    """Make the new container, and do not start it. It gets what anonymous data the old one has."""

    name: str
    has_aliases: bool
    """Whether others find it in its networks from its start."""


@dataclass(frozen=True)
class Start:
    which: Which


@dataclass(frozen=True)
class Gate:
    """Wait until it has shown what it has to."""

    which: Which
    health: Health
    is_one_shot: bool = False


@dataclass(frozen=True)
class Join:
    """Let others find the container in the networks of the service."""

    which: Which


@dataclass(frozen=True)
class Drain:
    """Let the old container finish what it was asked."""

    seconds: float


@dataclass(frozen=True)
class Stop:
    """Send the container its own signal, and kill it after its own grace."""

    which: Which


@dataclass(frozen=True)
class Rename:
    which: Which
    name: str


@dataclass(frozen=True)
class SetRestart:
    which: Which
    policy: str


@dataclass(frozen=True)
class Watch:
    """See that the new container neither ends nor restarts nor turns unhealthy."""

    health: Health


@dataclass(frozen=True)
class Follow:
    """Make a container that was in the old one's network again, in the new one's."""

    id: str


@dataclass(frozen=True)
class Return:
    """Bring such a container back into the old one's network, after that one was started."""

    id: str


@dataclass(frozen=True)
class Remove:
    """Remove the new container. No volume goes with it."""


@dataclass(frozen=True)
class Restore:
    """Make the old container again, if it is gone."""

    name: str


@dataclass(frozen=True)
class Prune:
    """Remove what is behind so many earlier releases: containers, and images nobody uses."""

    keep: int


@dataclass(frozen=True)
class Hook:
    """Run what the host itself has for this moment: before the old container is touched, to verify
    the new one, or after the end, whichever that is. It runs twice only after a kill."""

    moment: Moment
    container: str = ""
    """Name of the container that is meant; empty where nobody knows it yet."""


@dataclass(frozen=True)
class Pin:
    """Have the Compose project say that its service runs this image; empty is what it says by
    itself. The fingerprint is how the container is known again."""

    image: str
    fingerprint: str = ""


@dataclass(frozen=True)
class Up:
    """Have Compose make the service what the project says, and run it unless it did not."""

    is_started: bool = True


@dataclass(frozen=True)
class Down:
    """Have Compose stop and remove the service's container. No volume goes with it."""


Step = (
    Pull
    | Create
    | Start
    | Gate
    | Join
    | Drain
    | Stop
    | Rename
    | SetRestart
    | Watch
    | Follow
    | Return
    | Remove
    | Restore
    | Prune
    | Hook
    | Pin
    | Up
    | Down
)
