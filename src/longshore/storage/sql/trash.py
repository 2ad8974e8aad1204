"""Rows of deleted manifests. Implements `history.Trash`, where the contract is."""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.records import StoredManifest
from longshore.storage.sql.clock import Moment
from longshore.storage.sql.connection import Connection


class Trash:
    def __init__(self, connection: Connection, moment: Moment) -> None:
        self._execute = connection.execute
        self._moment = moment

    def put(self, repository: RepositoryName, manifest: StoredManifest) -> None:
        self._execute(
            """INSERT INTO trash (repository, digest, kept_until, media_type, content)
                VALUES (:repository, :digest, :kept_until, :media_type, :content)
                ON CONFLICT (repository, digest) DO UPDATE SET
                    media_type = excluded.media_type,
                    content = excluded.content,
                    kept_until = CASE WHEN kept_until > excluded.kept_until
                        THEN kept_until ELSE excluded.kept_until END""",
            {"repository": repository, **manifest._asdict()},
        )

    def find(self, repository: RepositoryName, digest: Digest) -> StoredManifest | None:
        row = self._execute(
            """SELECT media_type, content, kept_until FROM trash
                WHERE repository = :repository AND digest = :digest""",
            {"repository": repository, "digest": digest},
        ).fetchone()
        return StoredManifest(digest, *row) if row else None

    def remove(self, repository: RepositoryName, digest: Digest) -> None:
        self._execute(
            "DELETE FROM trash WHERE repository = :repository AND digest = :digest",
            {"repository": repository, "digest": digest},
        )

    def due(self, limit: int) -> list[tuple[RepositoryName, Digest]]:
        rows = self._execute(
            """SELECT repository, digest FROM trash WHERE kept_until <= :now
                ORDER BY kept_until LIMIT :limit""",
            {"now": self._moment.now, "limit": limit},
        )
        return [(RepositoryName(name), Digest(digest)) for name, digest in rows]

    def page(
        self, last: tuple[str, str], limit: int
    ) -> list[tuple[RepositoryName, StoredManifest]]:
        rows = self._execute(
            """SELECT repository, digest, media_type, content, kept_until FROM trash
                WHERE (repository, digest) > (:repository, :digest)
                ORDER BY repository, digest LIMIT :limit""",
            {"repository": last[0], "digest": last[1], "limit": limit},
        )
        return [
            (RepositoryName(name), StoredManifest(Digest(digest), *rest))
            for name, digest, *rest in rows
        ]

    def hasten(self, until: int, limit: int) -> int:
        hastened = 0
        for table, key in (("trash", "repository, digest"), ("manifests", "id"), ("links", "id")):
            hastened += self._execute(
                f"""UPDATE {table} SET kept_until = :until WHERE kept_until > :until AND ({key}) IN
                    (SELECT {key} FROM {table} WHERE kept_until > :until LIMIT :limit)""",
                {"until": until, "limit": limit - hastened},
            ).rowcount
        return hastened
