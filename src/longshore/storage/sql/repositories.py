"""Rows of repositories. Implements `ports.Repositories`, where the contract is."""

from __future__ import annotations

from longshore.oci.names import RepositoryName
from longshore.storage.sql.connection import Connection


class Repositories:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, name: RepositoryName) -> bool:
        added = self._execute(
            "INSERT INTO repositories (name) VALUES (:name) ON CONFLICT DO NOTHING", {"name": name}
        )
        return added.rowcount == 1

    def has_manifests(self, name: RepositoryName) -> bool:
        row = self._execute(
            """SELECT 1 FROM repositories r JOIN manifests m ON m.repository_id = r.id
                WHERE r.name = :name LIMIT 1""",
            {"name": name},
        ).fetchone()
        return row is not None

    def page(self, last: str, limit: int) -> list[RepositoryName]:
        rows = self._execute(
            """SELECT name FROM repositories r
                WHERE name > :last
                  AND EXISTS (SELECT 1 FROM manifests m WHERE m.repository_id = r.id)
                ORDER BY name LIMIT :limit""",
            {"last": last, "limit": limit},
        )
        return [RepositoryName(name) for (name,) in rows]

    def remove_if_empty(self, name: RepositoryName) -> None:
        self._execute(
            """DELETE FROM repositories WHERE name = :name
                AND NOT EXISTS (SELECT 1 FROM links WHERE repository_id = repositories.id)
                AND NOT EXISTS (SELECT 1 FROM manifests WHERE repository_id = repositories.id)""",
            {"name": name},
        )
