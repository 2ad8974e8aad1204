"""Rows of manifests, of what they reference and of what holds them. Implements `ports.Manifests`.

The bytes are in the row: a manifest by tag is one statement. They come last in it, so that
reading the other columns does not read them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.records import Referrer, StoredManifest
from longshore.storage.sql.connection import Connection

_MANIFEST = """(SELECT m.id FROM repositories r JOIN manifests m ON m.repository_id = r.id
    WHERE r.name = :repository AND m.digest = :digest)"""
_KEEP = "kept_until = CASE WHEN kept_until > :until THEN kept_until ELSE :until END"


class Manifests:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def by_tag(self, repository: RepositoryName, tag: Tag) -> StoredManifest | None:
        row = self._execute(
            """SELECT m.digest, m.media_type, m.content, m.kept_until FROM repositories r
                JOIN tags t ON t.repository_id = r.id AND t.name = :tag
                JOIN manifests m ON m.id = t.manifest_id
                WHERE r.name = :repository""",
            {"repository": repository, "tag": tag},
        ).fetchone()
        return StoredManifest(Digest(row[0]), *row[1:]) if row else None

    def by_digest(self, repository: RepositoryName, digest: Digest) -> StoredManifest | None:
        row = self._execute(
            """SELECT m.media_type, m.content, m.kept_until FROM repositories r
                JOIN manifests m ON m.repository_id = r.id AND m.digest = :digest
                WHERE r.name = :repository""",
            {"repository": repository, "digest": digest},
        ).fetchone()
        return StoredManifest(digest, *row) if row else None

    def missing(self, repository: RepositoryName, manifest: Manifest) -> list[Digest]:
        absent = [d for d in manifest.blobs if not self._holds_blob(repository, d)]
        absent += [
            d
            for d in manifest.children
            if not self._holds_manifest(repository, d) and not self._holds_blob(repository, d)
        ]
        return sorted(absent)

    def _holds_blob(self, repository: RepositoryName, digest: Digest) -> bool:
        row = self._execute(
            """SELECT 1 FROM repositories r JOIN blobs b ON b.digest = :digest
                JOIN links l ON l.repository_id = r.id AND l.blob_id = b.id
                WHERE r.name = :repository""",
            {"repository": repository, "digest": digest},
        ).fetchone()
        return row is not None

    def _holds_manifest(self, repository: RepositoryName, digest: Digest) -> bool:
        row = self._execute(
            f"SELECT {_MANIFEST} IS NOT NULL", {"repository": repository, "digest": digest}
        ).fetchone()
        return bool(row[0])

    def add(
        self, repository: RepositoryName, digest: Digest, manifest: Manifest, until: int
    ) -> None:
        row = self._execute(
            """INSERT INTO manifests (repository_id, digest, kept_until, media_type,
                    artifact_type, subject, annotations, size, content)
                SELECT id, :digest, :until, :media_type,
                    :artifact_type, :subject, :annotations, :size, :content
                FROM repositories WHERE name = :repository
                ON CONFLICT (repository_id, digest) DO NOTHING
                RETURNING id, repository_id""",
            {
                "repository": repository,
                "digest": digest,
                "until": until,
                "media_type": manifest.media_type,
                "artifact_type": manifest.artifact_type,
                "subject": manifest.subject,
                "annotations": msgspec.json.encode(manifest.annotations),
                "size": len(manifest.content),
                "content": manifest.content,
            },
        ).fetchone()
        if row is None:
            self.keep(repository, digest, until)
        else:
            manifest_id, repository_id = row
            self._record_references(manifest_id, repository_id, manifest)
            self._record_holders(manifest_id, repository_id, digest, manifest.subject)

    def _record_references(self, manifest_id: int, repository_id: int, manifest: Manifest) -> None:
        mine = {"manifest": manifest_id, "repository": repository_id}
        for digest in manifest.blobs:
            self._execute(
                """INSERT INTO manifest_blobs (manifest_id, link_id)
                    SELECT :manifest, l.id FROM blobs b JOIN links l ON l.blob_id = b.id
                    WHERE b.digest = :digest AND l.repository_id = :repository""",
                {**mine, "digest": digest},
            )
        for digest in manifest.elsewhere | manifest.children:
            is_part = int(digest in manifest.children)
            self._execute(
                """INSERT INTO mentions (repository_id, digest, manifest_id, is_part)
                    VALUES (:repository, :digest, :manifest, :is_part)""",
                {**mine, "digest": digest, "is_part": is_part},
            )
        for digest in manifest.children:
            self._execute(
                """INSERT INTO manifest_edges (held_id, holder_id, is_part)
                    SELECT id, :manifest, 1 FROM manifests
                    WHERE repository_id = :repository AND digest = :digest""",
                {**mine, "digest": digest},
            )

    def _record_holders(
        self, manifest_id: int, repository_id: int, digest: Digest, subject: Digest | None
    ) -> None:
        """What holds it, and its referrers: either may have been pushed before the other.

        An index may come first as well, when its child was held as a blob until now.
        """
        mine = {"manifest": manifest_id, "repository": repository_id}
        self._execute(
            """INSERT INTO manifest_edges (held_id, holder_id, is_part)
                SELECT :manifest, manifest_id, 1 FROM mentions
                WHERE repository_id = :repository AND digest = :digest AND is_part = 1""",
            {**mine, "digest": digest},
        )
        self._execute(
            """INSERT INTO manifest_edges (held_id, holder_id, is_part)
                SELECT id, :manifest, 0 FROM manifests
                WHERE repository_id = :repository AND subject = :digest""",
            {**mine, "digest": digest},
        )
        if subject is not None:
            self._execute(
                """INSERT INTO manifest_edges (held_id, holder_id, is_part)
                    SELECT :manifest, id, 0 FROM manifests
                    WHERE repository_id = :repository AND digest = :subject""",
                {**mine, "subject": subject},
            )

    def keep(self, repository: RepositoryName, digest: Digest, until: int) -> bool:
        kept = self._execute(
            f"UPDATE manifests SET {_KEEP} WHERE id = {_MANIFEST}",
            {"repository": repository, "digest": digest, "until": until},
        )
        return kept.rowcount == 1

    def parent(self, repository: RepositoryName, digest: Digest) -> Digest | None:
        row = self._execute(
            f"""SELECT p.digest FROM manifest_edges e JOIN manifests p ON p.id = e.holder_id
                WHERE e.held_id = {_MANIFEST} AND e.is_part = 1 LIMIT 1""",
            {"repository": repository, "digest": digest},
        ).fetchone()
        return Digest(row[0]) if row else None

    def remove(self, repository: RepositoryName, digest: Digest, until: int) -> None:
        row = self._execute(
            f"SELECT {_MANIFEST}", {"repository": repository, "digest": digest}
        ).fetchone()
        gone = {"id": row[0], "until": until}
        self._execute(
            f"""UPDATE links SET {_KEEP}
                WHERE id IN (SELECT link_id FROM manifest_blobs WHERE manifest_id = :id
                    UNION ALL SELECT l.id FROM mentions n
                    JOIN blobs b ON b.digest = n.digest
                    JOIN links l ON l.blob_id = b.id AND l.repository_id = n.repository_id
                    WHERE n.manifest_id = :id)""",
            gone,
        )
        self._execute(
            f"""UPDATE manifests SET {_KEEP}
                WHERE id IN (SELECT held_id FROM manifest_edges WHERE holder_id = :id)""",
            gone,
        )
        for statement in (
            "DELETE FROM manifest_blobs WHERE manifest_id = :id",
            "DELETE FROM mentions WHERE manifest_id = :id",
            "DELETE FROM manifest_edges WHERE holder_id = :id",
            "DELETE FROM manifest_edges WHERE held_id = :id",
            "DELETE FROM tags WHERE manifest_id = :id",
            "DELETE FROM pins WHERE manifest_id = :id",
            "DELETE FROM manifests WHERE id = :id",
        ):
            self._execute(statement, {"id": row[0]})

    def referrers(
        self, repository: RepositoryName, subject: Digest, artifact_type: str | None, last: str
    ) -> Iterator[Referrer]:
        rows = self._execute(
            """SELECT m.digest, m.media_type, m.size, m.artifact_type, m.annotations
                FROM repositories r JOIN manifests m ON m.repository_id = r.id
                WHERE r.name = :repository AND m.subject = :subject AND m.digest > :last
                  AND (CAST(:artifact_type AS TEXT) IS NULL OR m.artifact_type = :artifact_type)
                ORDER BY m.digest""",
            {
                "repository": repository,
                "subject": subject,
                "artifact_type": artifact_type,
                "last": last,
            },
        )
        for digest, media_type, size, kind, notes in rows:
            yield Referrer(
                Digest(digest),
                media_type,
                size,
                kind,
                annotations=msgspec.json.decode(notes, type=dict[str, str]),
            )
