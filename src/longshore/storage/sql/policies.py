"""Rows of policies. Implements `delivery.ports.Policies`, where the contract is."""

from __future__ import annotations

from longshore.delivery.ports import PolicyRow
from longshore.oci.names import RepositoryName
from longshore.registry.patterns import Pattern
from longshore.storage.sql.connection import Connection


class Policies:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, row: PolicyRow) -> None:
        self._execute(
            """INSERT INTO policies (pattern, document) VALUES (:pattern, :document)
                ON CONFLICT (pattern) DO UPDATE SET document = excluded.document""",
            row._asdict(),
        )

    def remove(self, pattern: Pattern) -> bool:
        removed = self._execute(
            "DELETE FROM policies WHERE pattern = :pattern", {"pattern": pattern}
        )
        return removed.rowcount == 1

    def find(self, pattern: Pattern) -> PolicyRow | None:
        row = self._execute(
            "SELECT document FROM policies WHERE pattern = :pattern", {"pattern": pattern}
        ).fetchone()
        return PolicyRow(pattern, row[0]) if row else None

    def page(self, last: str, limit: int) -> list[PolicyRow]:
        rows = self._execute(
            """SELECT pattern, document FROM policies WHERE pattern > :last
                ORDER BY pattern LIMIT :limit""",
            {"last": last, "limit": limit},
        )
        return [PolicyRow(Pattern(pattern), document) for pattern, document in rows]

    def covering(self, repository: RepositoryName) -> list[Pattern]:
        # The patterns alone, which are in an index: no document is read.
        rows = self._execute("SELECT pattern FROM policies ORDER BY pattern")
        patterns = (Pattern(pattern) for (pattern,) in rows)
        return [pattern for pattern in patterns if pattern.matches(repository)]
