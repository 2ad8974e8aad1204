"""What the rules of environments read and write: rows as values, times in milliseconds.

Decides nothing. A deployment is an image that an environment was to run from some time on; a
decision is a line of the history that says why it was, or was not, or what else somebody did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from longshore.delivery.environments.environment import Environment
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName

Cause = Literal["follow", "deploy", "pin", "rollback", "undo"]
Outcome = Literal["pending", "healthy", "failed"]
Condition = Literal["starting", "healthy", "failed", "stopped"]
Act = Literal[
    "create",
    "change",
    "deploy",
    "wait",
    "healthy",
    "fail",
    "hold",
    "resume",
    "request",
    "approve",
    "freeze",
    "unfreeze",
    "lose",
    "find",
    "forget",
    "remove",
]


class Deployment(NamedTuple):
    """`name` is the tag by which the image was found, or its digest; `who` is an account.

    `restores` is the deployment that was gone back to, if this is a way back. `healthy_at` is when
    all hosts had it, healthy; `failed_at` when a host last said that it is not, whatever followed;
    `ended_at` when another took its place. `id` is 0 until it is written; ids grow.
    """

    id: int
    environment: str
    repository: RepositoryName
    digest: Digest
    name: str
    at: int
    cause: Cause
    who: str
    reason: str = ""
    restores: int | None = None
    outcome: Outcome = "pending"
    healthy_at: int | None = None
    failed_at: int | None = None
    ended_at: int | None = None


class Decision(NamedTuple):
    """A line of an environment's history. `id` is 0 until it is written; ids grow.

    `former` and `digest` are what was to run before, and what it is about; empty where no image is.
    """

    id: int
    at: int
    environment: str
    repository: str
    act: Act
    who: str
    identity: str
    former: str
    digest: str
    name: str
    reason: str


@dataclass(frozen=True)
class Hold:
    """Nothing is followed until somebody says `resume`."""

    cause: Literal["rollback", "pin", "deploy"]
    who: str
    at: int
    reason: str = ""


@dataclass(frozen=True)
class Freeze:
    """Nothing is deployed until somebody says `unfreeze`, or until then."""

    who: str
    at: int
    reason: str = ""
    until: int | None = None

    def lasts(self, now: int) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True)
class Request:
    """Somebody has asked for this image, and it waits for approvals."""

    cause: Literal["deploy", "pin"]
    digest: Digest
    name: str
    who: str
    at: int
    reason: str = ""


@dataclass(frozen=True)
class Approval:
    """An account is in favour of an image."""

    digest: Digest
    who: str
    at: int


@dataclass(frozen=True)
class Waiting:
    """An image that is to be run and is not yet; `since` is when it was first seen."""

    digest: Digest
    name: str
    since: int
    codes: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class ImageState:
    """What an environment is to run of a repository, and what keeps it from running something else.

    `deployment` is the id of the one that is current.
    """

    environment: str
    repository: RepositoryName
    deployment: int | None = None
    digest: Digest | None = None
    name: str = ""
    hold: Hold | None = None
    request: Request | None = None
    waiting: Waiting | None = None
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True)
class EnvironmentState:
    """An environment as it stands: as declared, and what has been done to it since.

    `generation` grows with whatever its agents have to know. `look_at` is when time alone may
    change what it is to run.
    """

    declared: Environment
    generation: int = 0
    freeze: Freeze | None = None
    look_at: int | None = None


class Report(NamedTuple):
    """What a host says of a service, and of the deployment that it was told of last.

    `digest` is what it runs, whatever became of that deployment; empty if nothing does.
    """

    environment: str
    host: str
    service: str
    deployment: int
    digest: str
    state: Condition
    at: int
    detail: str = ""
