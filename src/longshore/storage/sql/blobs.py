"""Rows of blobs and of the links by which repositories hold them. Implements `ports.Blobs`."""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.records import Blob, StoredBlob
from longshore.storage.sql.connection import Connection

_LINK = """(SELECT l.id FROM repositories r
    JOIN links l ON l.repository_id = r.id JOIN blobs b ON b.id = l.blob_id
    WHERE r.name = :repository AND b.digest = :digest)"""


class Blobs:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def find(self, repository: RepositoryName, digest: Digest) -> Blob | None:
        row = self._execute(
            """SELECT b.size, b.key, l.kept_until FROM repositories r
                JOIN blobs b ON b.digest = :digest
                JOIN links l ON l.repository_id = r.id AND l.blob_id = b.id
                WHERE r.name = :repository""",
            {"repository": repository, "digest": digest},
        ).fetchone()
        return Blob(digest, *row) if row else None

    def find_anywhere(self, digest: Digest) -> StoredBlob | None:
        row = self._execute(
            "SELECT size, key FROM blobs WHERE digest = :digest", {"digest": digest}
        ).fetchone()
        return StoredBlob(digest, *row) if row else None

    def add(self, repository: RepositoryName, blob: StoredBlob, until: int) -> StoredBlob:
        # An update that changes nothing: a conflict answers with the row that is there.
        blob_id, key = self._execute(
            """INSERT INTO blobs (digest, size, key) VALUES (:digest, :size, :key)
                ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest
                RETURNING id, key""",
            blob._asdict(),
        ).fetchone()
        linked = self._execute(
            """INSERT INTO links (repository_id, blob_id, kept_until)
                SELECT id, :blob, :until FROM repositories WHERE name = :repository
                ON CONFLICT DO NOTHING""",
            {"repository": repository, "blob": blob_id, "until": until},
        )
        if linked.rowcount == 1:
            self._grow(repository, blob.size)
        else:
            self.keep(repository, blob.digest, until)
        return blob._replace(key=key)

    def move(self, blob: StoredBlob) -> None:
        self._execute(
            "UPDATE blobs SET size = :size, key = :key WHERE digest = :digest", blob._asdict()
        )

    def keep(self, repository: RepositoryName, digest: Digest, until: int) -> bool:
        kept = self._execute(
            f"""UPDATE links SET kept_until =
                    CASE WHEN kept_until > :until THEN kept_until ELSE :until END
                WHERE id = {_LINK}""",
            {"repository": repository, "digest": digest, "until": until},
        )
        return kept.rowcount == 1

    def user(self, repository: RepositoryName, digest: Digest) -> Digest | None:
        row = self._execute(
            f"""SELECT m.digest FROM manifest_blobs u JOIN manifests m ON m.id = u.manifest_id
                WHERE u.link_id = {_LINK}
                UNION ALL
                SELECT m.digest FROM repositories r
                JOIN mentions n ON n.repository_id = r.id AND n.digest = :digest
                JOIN manifests m ON m.id = n.manifest_id
                WHERE r.name = :repository
                LIMIT 1""",
            {"repository": repository, "digest": digest},
        ).fetchone()
        return Digest(row[0]) if row else None

    def remove(self, repository: RepositoryName, digest: Digest, discard_at: int) -> int:
        unlinked = self._execute(
            f"DELETE FROM links WHERE id = {_LINK} RETURNING"
            " (SELECT size FROM blobs WHERE id = links.blob_id)",
            {"repository": repository, "digest": digest},
        ).fetchone()
        if unlinked is not None:
            self._grow(repository, -unlinked[0])
        freed = self._execute(
            """DELETE FROM blobs WHERE digest = :digest
                AND NOT EXISTS (SELECT 1 FROM links WHERE blob_id = blobs.id)
                RETURNING key, size""",
            {"digest": digest},
        ).fetchone()
        if freed is None:
            return 0
        key, size = freed
        self._execute(
            "INSERT INTO discarded (key, size, discard_at) VALUES (:key, :size, :discard_at)",
            {"key": key, "size": size, "discard_at": discard_at},
        )
        return int(size)

    def _grow(self, repository: RepositoryName, size: int) -> None:
        """Count what the repository holds: quotas are of sums over many."""
        self._execute(
            "UPDATE repositories SET bytes = bytes + :size WHERE name = :repository",
            {"repository": repository, "size": size},
        )
