"""The registry's `Transaction` over one connection of a database.

Decides nothing: whoever owns the connection begins, sets the moment, and commits.
"""

from __future__ import annotations

from longshore.storage.sql.blobs import Blobs
from longshore.storage.sql.clock import Moment
from longshore.storage.sql.connection import Connection
from longshore.storage.sql.garbage import Garbage
from longshore.storage.sql.inspection import Inspection
from longshore.storage.sql.manifests import Manifests
from longshore.storage.sql.mending import Mending
from longshore.storage.sql.repositories import Repositories
from longshore.storage.sql.statistics import Statistics
from longshore.storage.sql.tags import Tags


class SQLTransaction:
    """`grace` in milliseconds; `at` sets the transaction's one moment."""

    def __init__(self, connection: Connection, grace: int) -> None:
        self._moment = Moment()
        self.grace = grace
        self.repositories = Repositories(connection)
        self.blobs = Blobs(connection)
        self.manifests = Manifests(connection)
        self.tags = Tags(connection)
        self.garbage = Garbage(connection, self._moment)
        self.statistics = Statistics(connection, self._moment)
        self.inspection = Inspection(connection)
        self.mending = Mending(connection)

    @property
    def now(self) -> int:
        return self._moment.now

    def at(self, now: int) -> SQLTransaction:
        self._moment.now = now
        return self
