"""The `Transaction` of `delivery.ports` over one connection of a database.

Decides nothing: whoever owns the connection begins, says when and for whom, and commits.
"""

from __future__ import annotations

from longshore.registry.directory import SYSTEM, Actor
from longshore.storage.sql.accounts import Accounts
from longshore.storage.sql.agents import Agents, JoinCodes
from longshore.storage.sql.audit import Audit
from longshore.storage.sql.blobs import Blobs
from longshore.storage.sql.clock import Moment
from longshore.storage.sql.connection import Connection
from longshore.storage.sql.decisions import Decisions
from longshore.storage.sql.deployments import Deployments
from longshore.storage.sql.environments import Environments
from longshore.storage.sql.facts import Facts
from longshore.storage.sql.garbage import Garbage
from longshore.storage.sql.grants import Grants
from longshore.storage.sql.groups import Groups
from longshore.storage.sql.history import History
from longshore.storage.sql.image_states import ImageStates
from longshore.storage.sql.inspection import Inspection
from longshore.storage.sql.keys import Keys
from longshore.storage.sql.logs import LogReaders, LogRequests
from longshore.storage.sql.manifests import Manifests
from longshore.storage.sql.mending import Mending
from longshore.storage.sql.notifications import Leases, Outbox, Subscriptions
from longshore.storage.sql.pins import Pins
from longshore.storage.sql.policies import Policies
from longshore.storage.sql.quotas import Quotas
from longshore.storage.sql.reports import Reports
from longshore.storage.sql.repositories import Repositories
from longshore.storage.sql.secrets import Secrets
from longshore.storage.sql.statistics import Statistics
from longshore.storage.sql.tags import Tags
from longshore.storage.sql.trash import Trash
from longshore.storage.sql.trusts import Trusts


class _Shipping:
    """The rows that the registry knows nothing of."""

    def __init__(self, connection: Connection) -> None:
        self.environments = Environments(connection)
        self.images = ImageStates(connection)
        self.deployments = Deployments(connection)
        self.decisions = Decisions(connection)
        self.reports = Reports(connection)
        self.agents = Agents(connection)
        self.join_codes = JoinCodes(connection)
        self.log_readers = LogReaders(connection)
        self.log_requests = LogRequests(connection)
        self.subscriptions = Subscriptions(connection)
        self.outbox = Outbox(connection)
        self.leases = Leases(connection)


class SQLTransaction(_Shipping):
    """Periods in milliseconds; `at` sets the transaction's one moment, and `by` its actor."""

    def __init__(self, connection: Connection, grace: int, window: int) -> None:
        super().__init__(connection)
        self._moment = Moment()
        self.grace = grace
        self.window = window
        self.actor = SYSTEM
        self.repositories = Repositories(connection)
        self.blobs = Blobs(connection)
        self.manifests = Manifests(connection)
        self.tags = Tags(connection)
        self.history = History(connection)
        self.trash = Trash(connection, self._moment)
        self.garbage = Garbage(connection, self._moment)
        self.statistics = Statistics(connection, self._moment)
        self.inspection = Inspection(connection)
        self.mending = Mending(connection)
        self.facts = Facts(connection)
        self.accounts = Accounts(connection)
        self.secrets = Secrets(connection)
        self.groups = Groups(connection)
        self.grants = Grants(connection)
        self.keys = Keys(connection)
        self.trusts = Trusts(connection)
        self.quotas = Quotas(connection)
        self.audit = Audit(connection)
        self.policies = Policies(connection)
        self.pins = Pins(connection)

    @property
    def now(self) -> int:
        return self._moment.now

    def at(self, now: int) -> SQLTransaction:
        self._moment.now = now
        return self

    def by(self, actor: Actor) -> SQLTransaction:
        self.actor = actor
        return self
