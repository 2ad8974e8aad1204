"""Transactions in memory. Implements `ports.Metadata`, where the contract is.

Decides when rows change: a rule works on a copy, which takes the place of the rows if the rule
ends well. One process and one event loop see them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from longshore.delivery.ports import Transaction
from longshore.registry.directory import SYSTEM, Actor
from longshore.storage.memory.agents import Agents, JoinCodes
from longshore.storage.memory.audit import Audit
from longshore.storage.memory.blobs import Blobs
from longshore.storage.memory.changes import MemoryChanges
from longshore.storage.memory.directory import (
    Accounts,
    Facts,
    Grants,
    Groups,
    Keys,
    Quotas,
    Secrets,
    Trusts,
)
from longshore.storage.memory.environments import (
    Decisions,
    Deployments,
    Environments,
    ImageStates,
    Reports,
)
from longshore.storage.memory.garbage import Garbage
from longshore.storage.memory.history import History, Trash
from longshore.storage.memory.inspection import Inspection, Mending
from longshore.storage.memory.logs import LogReaders, LogRequests
from longshore.storage.memory.manifests import Manifests
from longshore.storage.memory.notifications import Leases, Outbox, Subscriptions
from longshore.storage.memory.pins import Pins
from longshore.storage.memory.policies import Policies
from longshore.storage.memory.repositories import Repositories
from longshore.storage.memory.rows import Rows
from longshore.storage.memory.statistics import Statistics
from longshore.storage.memory.tags import Tags
from longshore.storage.sql.clock import Clock, wall_clock

P = ParamSpec("P")
T = TypeVar("T")


class _Shipping:
    """The rows that the registry knows nothing of."""

    def __init__(self, rows: Rows) -> None:
        self.environments = Environments(rows)
        self.images = ImageStates(rows)
        self.deployments = Deployments(rows)
        self.decisions = Decisions(rows)
        self.reports = Reports(rows)
        self.agents = Agents(rows)
        self.join_codes = JoinCodes(rows)
        self.log_readers = LogReaders(rows)
        self.log_requests = LogRequests(rows)
        self.subscriptions = Subscriptions(rows)
        self.outbox = Outbox(rows)
        self.leases = Leases(rows)


class MemoryTransaction(_Shipping):
    """Times in milliseconds."""

    def __init__(self, rows: Rows, now: int, grace: int, window: int, actor: Actor) -> None:
        super().__init__(rows)
        self.actor = actor
        self.now = now
        self.grace = grace
        self.window = window
        self.repositories = Repositories(rows)
        self.blobs = Blobs(rows)
        self.manifests = Manifests(rows)
        self.tags = Tags(rows)
        self.history = History(rows)
        self.trash = Trash(rows, now)
        self.garbage = Garbage(rows, now)
        self.statistics = Statistics(rows, now)
        self.inspection = Inspection(rows)
        self.mending = Mending(rows)
        self.facts = Facts(rows)
        self.accounts = Accounts(rows)
        self.secrets = Secrets(rows)
        self.groups = Groups(rows)
        self.grants = Grants(rows)
        self.keys = Keys(rows)
        self.trusts = Trusts(rows)
        self.quotas = Quotas(rows)
        self.audit = Audit(rows)
        self.policies = Policies(rows)
        self.pins = Pins(rows)


class _Store:
    """The rows that all views of one database share."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.changes = MemoryChanges()


class MemoryMetadata:
    """Periods in milliseconds."""

    def __init__(
        self,
        grace: int,
        clock: Clock = wall_clock,
        actor: Actor = SYSTEM,
        store: _Store | None = None,
        *,
        window: int = 0,
    ) -> None:
        self._store = store or _Store()
        self._grace = grace
        self._window = window
        self._clock = clock
        self._actor = actor

    @property
    def changes(self) -> MemoryChanges:
        return self._store.changes

    def by(self, actor: Actor) -> MemoryMetadata:
        return MemoryMetadata(self._grace, self._clock, actor, self._store, window=self._window)

    async def read(
        self, rule: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return rule(self._begin(self._store.rows.copy()), *args, **kwargs)

    async def write(
        self, rule: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        draft = self._store.rows.copy()
        result = rule(self._begin(draft), *args, **kwargs)
        self._store.rows = draft
        self._store.changes.committed()
        return result

    def _begin(self, rows: Rows) -> Transaction:
        return MemoryTransaction(rows, self._clock(), self._grace, self._window, self._actor)
