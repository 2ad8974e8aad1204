"""Rows of quotas, and what is used of them. Implements `directory.Quotas`.

A repository's row has the bytes of its blobs, so that a sum reads repositories and no blobs.
"""

from __future__ import annotations

from longshore.oci.names import RepositoryName
from longshore.registry.directory import Quota, Usage
from longshore.registry.patterns import Pattern
from longshore.storage.sql.connection import Connection


class Quotas:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, quota: Quota) -> None:
        self._execute(
            """INSERT INTO quotas (pattern, bytes, repositories)
                VALUES (:pattern, :bytes, :repositories)
                ON CONFLICT (pattern) DO UPDATE SET bytes = excluded.bytes,
                    repositories = excluded.repositories""",
            quota._asdict(),
        )

    def remove(self, pattern: Pattern) -> bool:
        removed = self._execute("DELETE FROM quotas WHERE pattern = :pattern", {"pattern": pattern})
        return removed.rowcount == 1

    def page(self, last: str, limit: int) -> list[Quota]:
        rows = self._execute(
            """SELECT pattern, bytes, repositories FROM quotas WHERE pattern > :last
                ORDER BY pattern LIMIT :limit""",
            {"last": last, "limit": limit},
        )
        return [Quota(Pattern(pattern), *limits) for pattern, *limits in rows]

    def covering(self, repository: RepositoryName) -> list[Quota]:
        rows = self._execute("SELECT pattern, bytes, repositories FROM quotas ORDER BY pattern")
        quotas = [Quota(Pattern(pattern), *limits) for pattern, *limits in rows]
        return [quota for quota in quotas if quota.pattern.matches(repository)]

    def used(self, pattern: Pattern) -> Usage:
        head = pattern.removesuffix("**").removesuffix("/")
        itself = "" if pattern.endswith("/**") else head
        row = self._execute(
            """SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT), COUNT(*) FROM repositories
                WHERE name = :itself OR (name >= :first AND name < :behind)""",
            # '0' is what comes behind '/'; names begin with nothing that comes behind 'z'.
            {
                "itself": itself,
                "first": f"{head}/" if head else "",
                "behind": f"{head}0" if head else "{",
            },
        ).fetchone()
        return Usage(*row)
