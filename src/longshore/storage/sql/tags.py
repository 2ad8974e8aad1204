"""Rows of tags. Implements `ports.Tags`, where the contract is."""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.storage.sql.connection import Connection


class Tags:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def find(self, repository: RepositoryName, tag: Tag) -> Digest | None:
        row = self._execute(
            """SELECT m.digest FROM repositories r
                JOIN tags t ON t.repository_id = r.id AND t.name = :tag
                JOIN manifests m ON m.id = t.manifest_id
                WHERE r.name = :repository""",
            {"repository": repository, "tag": tag},
        ).fetchone()
        return Digest(row[0]) if row else None

    def point(self, repository: RepositoryName, tag: Tag, digest: Digest) -> None:
        self._execute(
            """INSERT INTO tags (repository_id, name, manifest_id)
                SELECT r.id, :tag, m.id FROM repositories r
                JOIN manifests m ON m.repository_id = r.id AND m.digest = :digest
                WHERE r.name = :repository
                ON CONFLICT (repository_id, name)
                    DO UPDATE SET manifest_id = excluded.manifest_id""",
            {"repository": repository, "tag": tag, "digest": digest},
        )

    def remove(self, repository: RepositoryName, tag: Tag) -> None:
        self._execute(
            """DELETE FROM tags WHERE name = :tag
                AND repository_id = (SELECT id FROM repositories WHERE name = :repository)""",
            {"repository": repository, "tag": tag},
        )

    def of(self, repository: RepositoryName, digest: Digest) -> list[Tag]:
        rows = self._execute(
            """SELECT t.name FROM repositories r
                JOIN manifests m ON m.repository_id = r.id AND m.digest = :digest
                JOIN tags t ON t.manifest_id = m.id
                WHERE r.name = :repository ORDER BY t.name""",
            {"repository": repository, "digest": digest},
        )
        return [Tag(name) for (name,) in rows]

    def page(self, repository: RepositoryName, last: str, limit: int) -> list[Tag]:
        rows = self._execute(
            """SELECT t.name FROM repositories r JOIN tags t ON t.repository_id = r.id
                WHERE r.name = :repository AND t.name > :last
                ORDER BY t.name LIMIT :limit""",
            {"repository": repository, "last": last, "limit": limit},
        )
        return [Tag(name) for (name,) in rows]
