"""Rows of pins. Implements `ports.Pins`, where the contract is."""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.storage.sql.connection import Connection

_MANIFEST = """(SELECT m.id FROM repositories r JOIN manifests m ON m.repository_id = r.id
    WHERE r.name = :repository AND m.digest = :digest)"""


class Pins:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, holder: str, repository: RepositoryName, digest: Digest) -> None:
        self._execute(
            f"INSERT INTO pins (holder, manifest_id) VALUES (:holder, {_MANIFEST})",
            {"holder": holder, "repository": repository, "digest": digest},
        )

    def remove(self, holder: str, repository: RepositoryName, digest: Digest) -> None:
        self._execute(
            f"DELETE FROM pins WHERE holder = :holder AND manifest_id = {_MANIFEST}",
            {"holder": holder, "repository": repository, "digest": digest},
        )

    def of(self, holder: str, repository: RepositoryName) -> set[Digest]:
        rows = self._execute(
            """SELECT m.digest FROM pins p JOIN manifests m ON m.id = p.manifest_id
                JOIN repositories r ON r.id = m.repository_id
                WHERE p.holder = :holder AND r.name = :repository""",
            {"holder": holder, "repository": repository},
        )
        return {Digest(digest) for (digest,) in rows}

    def holder(self, repository: RepositoryName, digest: Digest) -> str | None:
        row = self._execute(
            f"SELECT MIN(holder) FROM pins WHERE manifest_id = {_MANIFEST}",
            {"repository": repository, "digest": digest},
        ).fetchone()
        return str(row[0]) if row[0] is not None else None
