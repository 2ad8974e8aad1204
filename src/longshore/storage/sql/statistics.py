"""Totals: one row each. Implements `ports.Statistics`, where the contract is."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.storage.sql.clock import Moment
from longshore.storage.sql.connection import Connection

_MEASURES = {
    "repositories": "SELECT COUNT(*) FROM repositories",
    "manifests": "SELECT COUNT(*) FROM manifests",
    "tags": "SELECT COUNT(*) FROM tags",
    "blobs": "SELECT COUNT(*) FROM blobs",
    "blob_bytes": "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM blobs",
    "garbage_queue": """SELECT (SELECT COUNT(*) FROM links WHERE kept_until <= :now)
        + (SELECT COUNT(*) FROM manifests WHERE kept_until <= :now)""",
    "discarded_bytes": "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM discarded",
    "trash": "SELECT COUNT(*) FROM trash",
}


class Statistics:
    def __init__(self, connection: Connection, moment: Moment) -> None:
        self._execute = connection.execute
        self._moment = moment

    def measure(self) -> Mapping[str, int]:
        now = {"now": self._moment.now}
        return {
            name: self._execute(statement, now).fetchone()[0]
            for name, statement in _MEASURES.items()
        }

    def totals(self) -> Mapping[str, int]:
        return dict(self._execute("SELECT name, amount FROM totals").fetchall())

    def replace(self, amounts: Mapping[str, int]) -> None:
        self._upsert(amounts, "excluded.amount")

    def add(self, amounts: Mapping[str, int]) -> None:
        self._upsert(amounts, "totals.amount + excluded.amount")

    def _upsert(self, amounts: Mapping[str, int], amount: str) -> None:
        for name, value in amounts.items():
            self._execute(
                f"""INSERT INTO totals (name, amount) VALUES (:name, :value)
                    ON CONFLICT (name) DO UPDATE SET amount = {amount}""",
                {"name": name, "value": value},
            )
