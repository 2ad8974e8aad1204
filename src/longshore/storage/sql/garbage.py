"""The collector's queue, which is the `kept_until` of links and manifests.

Implements `ports.Garbage`, where the contract is. Every statement is a look-up by index: what
there is to collect is read, never all there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.records import Candidate, Discarded
from longshore.storage.sql.clock import Moment
from longshore.storage.sql.connection import Connection

_OF_MANIFEST = """repository_id = (SELECT id FROM repositories WHERE name = :repository)
    AND digest = :digest"""
_OF_LINK = """repository_id = (SELECT id FROM repositories WHERE name = :repository)
    AND blob_id = (SELECT id FROM blobs WHERE digest = :digest)"""


class Garbage:
    def __init__(self, connection: Connection, moment: Moment) -> None:
        self._execute = connection.execute
        self._moment = moment

    def due(self, limit: int) -> list[Candidate]:
        found: list[Candidate] = []
        for kind, content in (
            ("manifest", "manifests c"),
            ("blob", "links c JOIN blobs b ON b.id = c.blob_id"),
        ):
            rows = self._execute(
                f"""SELECT '{kind}', r.name, digest FROM {content}
                    JOIN repositories r ON r.id = c.repository_id
                    WHERE c.kept_until <= :now ORDER BY c.kept_until LIMIT :limit""",
                {"now": self._moment.now, "limit": limit - len(found)},
            )
            found += [Candidate(k, RepositoryName(name), Digest(d)) for k, name, d in rows]
        return found

    def unreachable(self, repository: RepositoryName, digest: Digest) -> list[Digest]:
        rows = self._execute(
            f"""WITH RECURSIVE holders (id) AS (
                    SELECT id FROM manifests WHERE {_OF_MANIFEST}
                    UNION
                    SELECT e.holder_id FROM manifest_edges e JOIN holders h ON e.held_id = h.id)
                SELECT m.digest,
                    COALESCE(m.kept_until > :now, FALSE)
                    OR EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id)
                    OR EXISTS (SELECT 1 FROM pins p WHERE p.manifest_id = m.id)
                FROM holders h JOIN manifests m ON m.id = h.id""",
            {"repository": repository, "digest": digest, "now": self._moment.now},
        )
        doomed: list[Digest] = []
        for name, is_root in rows:
            if is_root:
                return []
            doomed.append(Digest(name))
        return doomed

    def settle(self, candidate: Candidate) -> None:
        table, row = ("manifests", _OF_MANIFEST)
        if candidate.kind == "blob":
            table, row = ("links", _OF_LINK)
        self._execute(
            f"UPDATE {table} SET kept_until = NULL WHERE {row}",
            {"repository": candidate.repository, "digest": candidate.digest},
        )

    def discarded(self, limit: int) -> list[Discarded]:
        rows = self._execute(
            """SELECT key, size FROM discarded WHERE discard_at <= :now
                ORDER BY discard_at LIMIT :limit""",
            {"now": self._moment.now, "limit": limit},
        )
        return [Discarded(*row) for row in rows]

    def forget(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._execute("DELETE FROM discarded WHERE key = :key", {"key": key})

    def known(self, keys: Sequence[str]) -> set[str]:
        return {key for key in keys if self._is_known(key)}

    def _is_known(self, key: str) -> bool:
        row = self._execute(
            """SELECT 1 FROM blobs WHERE key = :key
                UNION ALL SELECT 1 FROM discarded WHERE key = :key""",
            {"key": key},
        ).fetchone()
        return row is not None

    def users(self, repository: RepositoryName, digest: Digest) -> Iterator[Digest]:
        rows = self._execute(
            f"""SELECT m.digest FROM manifest_blobs u JOIN manifests m ON m.id = u.manifest_id
                WHERE u.link_id = (SELECT id FROM links WHERE {_OF_LINK})
                UNION ALL
                SELECT m.digest FROM mentions n JOIN manifests m ON m.id = n.manifest_id
                WHERE n.digest = :digest
                    AND n.repository_id = (SELECT id FROM repositories WHERE name = :repository)""",
            {"repository": repository, "digest": digest},
        )
        for (user,) in rows:
            yield Digest(user)

    def holders(self, digest: Digest) -> Iterator[RepositoryName]:
        rows = self._execute(
            """SELECT r.name FROM blobs b JOIN links l ON l.blob_id = b.id
                JOIN repositories r ON r.id = l.repository_id
                WHERE b.digest = :digest""",
            {"digest": digest},
        )
        for (name,) in rows:
            yield RepositoryName(name)
