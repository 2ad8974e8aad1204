"""Rows put right, from what content says. Implements `ports.Mending`, where the contract is."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName
from longshore.registry.records import Loose
from longshore.storage.sql.connection import Connection
from longshore.storage.sql.inspection import RELATIONS


class Mending:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def record(self, repository: RepositoryName, digest: Digest, manifest: Manifest) -> None:
        row = self._execute(
            """SELECT m.id, r.id FROM repositories r JOIN manifests m ON m.repository_id = r.id
                WHERE r.name = :repository AND m.digest = :digest""",
            {"repository": repository, "digest": digest},
        ).fetchone()
        mine = {"manifest": row[0], "repository": row[1]}
        for statement in _FORGET:
            self._execute(statement, {"manifest": row[0]})
        self._execute(
            """UPDATE manifests SET subject = :subject, artifact_type = :artifact_type,
                    annotations = :annotations, size = :size WHERE id = :manifest""",
            {
                "manifest": row[0],
                "subject": manifest.subject,
                "artifact_type": manifest.artifact_type,
                "annotations": msgspec.json.encode(manifest.annotations),
                "size": len(manifest.content),
            },
        )
        for blob in manifest.blobs:
            if not self._execute(_USE, {**mine, "digest": blob}).rowcount:
                self._execute(_MENTION, {**mine, "digest": blob, "is_part": 0})
        for named in manifest.elsewhere | manifest.children:
            is_part = int(named in manifest.children)
            self._execute(_MENTION, {**mine, "digest": named, "is_part": is_part})
        for child in manifest.children:
            self._execute(_HOLD, {**mine, "digest": child})
        if manifest.subject is not None:
            self._execute(_BE_HELD, {**mine, "digest": manifest.subject})

    def lose(self, digest: Digest, discard_at: int) -> None:
        self._execute(
            """INSERT INTO mentions (repository_id, digest, manifest_id, is_part)
                SELECT l.repository_id, b.digest, u.manifest_id, 0 FROM blobs b
                JOIN links l ON l.blob_id = b.id JOIN manifest_blobs u ON u.link_id = l.id
                WHERE b.digest = :digest ON CONFLICT DO NOTHING""",
            {"digest": digest},
        )
        self._execute(
            """INSERT INTO discarded (key, size, discard_at)
                SELECT key, size, :discard_at FROM blobs WHERE digest = :digest""",
            {"digest": digest, "discard_at": discard_at},
        )
        links = "SELECT id FROM links WHERE blob_id = (SELECT id FROM blobs WHERE digest = :digest)"
        for statement in (
            f"""UPDATE repositories SET bytes = bytes
                    - (SELECT size FROM blobs WHERE digest = :digest)
                WHERE id IN (SELECT repository_id FROM links WHERE id IN ({links}))""",
            f"DELETE FROM manifest_blobs WHERE link_id IN ({links})",
            f"DELETE FROM links WHERE id IN ({links})",
            "DELETE FROM blobs WHERE digest = :digest",
        ):
            self._execute(statement, {"digest": digest})

    def cut(self, rows: Sequence[Loose]) -> None:
        relations = {str(relation): relation for relation in RELATIONS}
        for row in rows:
            relation = relations[row.relation]
            self._execute(
                f"DELETE FROM {relation.table} WHERE {relation.column} = :target",
                {"target": row.target},
            )


_FORGET = (
    "DELETE FROM manifest_blobs WHERE manifest_id = :manifest",
    "DELETE FROM mentions WHERE manifest_id = :manifest",
    "DELETE FROM manifest_edges WHERE holder_id = :manifest AND is_part = 1",
    "DELETE FROM manifest_edges WHERE held_id = :manifest AND is_part = 0",
)
_USE = """INSERT INTO manifest_blobs (manifest_id, link_id)
    SELECT :manifest, l.id FROM blobs b JOIN links l ON l.blob_id = b.id
    WHERE b.digest = :digest AND l.repository_id = :repository"""
_MENTION = """INSERT INTO mentions (repository_id, digest, manifest_id, is_part)
    VALUES (:repository, :digest, :manifest, :is_part)
    ON CONFLICT (repository_id, digest, manifest_id) DO UPDATE SET is_part = excluded.is_part"""
_HOLD = """INSERT INTO manifest_edges (held_id, holder_id, is_part)
    SELECT id, :manifest, 1 FROM manifests
    WHERE repository_id = :repository AND digest = :digest"""
_BE_HELD = """INSERT INTO manifest_edges (held_id, holder_id, is_part)
    SELECT :manifest, id, 0 FROM manifests
    WHERE repository_id = :repository AND digest = :digest"""
