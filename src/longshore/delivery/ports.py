"""What the shipping rules need of the world: the registry's rows, and those of shipping.

Ports, as `registry.ports` has them; one suite of tests runs each contract on every implementation.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from longshore.delivery.environments.deployments import (
    Decision,
    Deployment,
    EnvironmentState,
    ImageState,
    Report,
)
from longshore.delivery.environments.records import Agent, JoinCode, LogReader, LogRequest
from longshore.delivery.notifications.outbox import Leases, Outbox, Subscriptions
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry import ports
from longshore.registry.patterns import Pattern


class PolicyRow(NamedTuple):
    """A policy for repositories of a pattern, as it was written: JSON of `delivery.tags.rules`."""

    pattern: Pattern
    document: str


class Policies(Protocol):
    """Policies are few: every push looks which of them match its repository."""

    def put(self, row: PolicyRow) -> None:
        """In place of one for the same pattern, if there is one."""

    def remove(self, pattern: Pattern) -> bool:
        """False if there was none."""

    def find(self, pattern: Pattern) -> PolicyRow | None: ...

    def page(self, last: str, limit: int) -> list[PolicyRow]: ...

    def covering(self, repository: RepositoryName) -> list[Pattern]:
        """The patterns that match it, in order."""


class Environments(Protocol):
    """Environments as they stand. They are few, and pushes ask for those of a repository."""

    def put(self, state: EnvironmentState) -> None:
        """In place of one of that name, if there is one."""

    def find(self, name: str) -> EnvironmentState | None: ...

    def remove(self, name: str) -> None:
        """With the states of its images, its hosts, what they reported and who reads their logs.

        Its history stays.
        """

    def page(self, last: str, limit: int) -> list[EnvironmentState]: ...

    def running(self, repository: RepositoryName) -> list[EnvironmentState]:
        """Those with a service of the repository's images, in order of their names."""

    def after(self, name: str) -> list[EnvironmentState]:
        """Those that are promoted to from that one, in order of their names."""

    def due(self, now: int, limit: int) -> list[EnvironmentState]:
        """Those whose `look_at` has come, the longest due first."""


class ImageStates(Protocol):
    """What environments are to run of each repository."""

    def put(self, state: ImageState) -> None:
        """In place of the one there was. The environment is there."""

    def find(self, environment: str, repository: RepositoryName) -> ImageState | None: ...

    def of(self, environment: str) -> list[ImageState]:
        """In order of their repositories."""

    def remove(self, environment: str, repository: RepositoryName) -> None: ...


class Deployments(Protocol):
    """What environments were to run; added and concluded, never removed."""

    def add(self, deployment: Deployment) -> Deployment:
        """Answers it with its id."""

    def find(self, number: int) -> Deployment | None: ...

    def conclude(self, deployment: Deployment) -> None:
        """Let the one of that id have this outcome, and these times of health, failure and end."""

    def latest(
        self, environment: str, repository: RepositoryName, before: int | None, limit: int
    ) -> list[Deployment]:
        """The newest first; with ids below `before`, if that is given."""

    def of_digest(
        self, environment: str, repository: RepositoryName, digest: Digest
    ) -> list[Deployment]:
        """All of that image, the newest first."""


class Decisions(Protocol):
    """The history of environments: lines are added, and neither changed nor removed."""

    def add(self, decision: Decision) -> None: ...

    def latest(self, environment: str, before: int | None, limit: int) -> list[Decision]:
        """The newest first; with ids below `before`, if that is given."""


class Reports(Protocol):
    """The last word of each host on each service."""

    def put(self, report: Report) -> None:
        """In place of what that host said of that service before."""

    def of(self, environment: str) -> list[Report]:
        """In order of hosts and services."""

    def remove(self, environment: str, host: str) -> bool:
        """Forget a host; False if nothing was reported by it."""


class Agents(Protocol):
    """The hosts of environments: those that joined, and those that were heard of."""

    def put(self, agent: Agent) -> None:
        """In place of the one of that host, if there is one. The environment is there."""

    def find(self, environment: str, host: str) -> Agent | None: ...

    def of(self, environment: str) -> list[Agent]:
        """In order of their hosts."""

    def remove(self, environment: str, host: str) -> bool:
        """False if there was none."""

    def silent(self, before: int, limit: int) -> list[Agent]:
        """Those last seen before then, and not lost yet; the longest silent first."""


class JoinCodes(Protocol):
    """Codes by which hosts join environments, by their digests."""

    def add(self, code: JoinCode, digest: str) -> None:
        """The environment is there, and the digest new."""

    def take(self, digest: str) -> JoinCode | None:
        """Remove it, so that nobody else has it; None if it is not there."""

    def remove_expired(self, before: int) -> None: ...


class LogReaders(Protocol):
    """Who reads logs at the moment: few, and none for longer than it asks."""

    def put(self, reader: LogReader) -> None:
        """In place of the one of that id, if there is one. The environment is there."""

    def find(self, identity: str) -> LogReader | None: ...

    def of(self, environment: str) -> list[LogReader]:
        """In order of their ids."""

    def have_expired(self, before: int) -> bool:
        """Whether the time of any has come."""

    def remove_expired(self, before: int) -> None:
        """With all that they asked, and what they were answered."""


class LogRequests(Protocol):
    """What readers of logs ask hosts, and the answers until somebody takes them."""

    def put(self, request: LogRequest) -> LogRequest:
        """In place of what that reader asked that host before; answers it with its id.

        The reader is there.
        """

    def asked(self, environment: str, host: str, after: int) -> list[LogRequest]:
        """Those without an answer, with ids above `after`, in their order."""

    def of(self, reader: str) -> list[LogRequest]:
        """Those without an answer, in order of their hosts."""

    def answer(self, number: int, content: bytes) -> None:
        """Keep the answer to the one of that id, which is there."""

    def take(self, reader: str) -> list[tuple[LogRequest, bytes]]:
        """Remove those that have an answer; answers them, in order of their hosts."""

    def newest(self) -> dict[tuple[str, str], int]:
        """The highest id without an answer, by environment and host."""

    def answered(self) -> dict[str, int]:
        """How many answers wait for each reader for whom any does."""


class Transaction(ports.Transaction, Protocol):
    """The rows of the registry and of shipping, as they are at one moment."""

    @property
    def policies(self) -> Policies: ...
    @property
    def environments(self) -> Environments: ...
    @property
    def images(self) -> ImageStates: ...
    @property
    def deployments(self) -> Deployments: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def agents(self) -> Agents: ...
    @property
    def join_codes(self) -> JoinCodes: ...
    @property
    def log_readers(self) -> LogReaders: ...
    @property
    def log_requests(self) -> LogRequests: ...
    @property
    def subscriptions(self) -> Subscriptions: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def leases(self) -> Leases: ...


Metadata = ports.Metadata[Transaction]
