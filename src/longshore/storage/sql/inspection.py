"""All rows, page by page. Implements `inspecting.Inspection`, where the contract is.

Every page is a few look-ups in an index, so that reading everything is many short transactions.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.records import (
    Description,
    Discarded,
    Loose,
    Recorded,
    StoredBlob,
    StoredManifest,
)
from longshore.storage.sql.connection import Connection

_MANIFEST = """(SELECT m.id FROM repositories r JOIN manifests m ON m.repository_id = r.id
    WHERE r.name = :repository AND m.digest = :digest)"""


class Relation(NamedTuple):
    """A column that points at rows of another table; an index begins with it."""

    table: str
    column: str
    target: str
    is_derived: bool = True

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


# In the order in which they may be cut. Tags without a manifest are found by `tags`.
RELATIONS = (
    Relation("pins", "manifest_id", "manifests", is_derived=False),
    Relation("mentions", "repository_id", "repositories"),
    Relation("mentions", "manifest_id", "manifests"),
    Relation("manifest_edges", "held_id", "manifests"),
    Relation("manifest_edges", "holder_id", "manifests"),
    Relation("manifest_blobs", "manifest_id", "manifests"),
    Relation("manifest_blobs", "link_id", "links"),
    Relation("links", "repository_id", "repositories"),
    Relation("links", "blob_id", "blobs"),
    Relation("manifests", "repository_id", "repositories", is_derived=False),
    Relation("tags", "repository_id", "repositories", is_derived=False),
)


class Inspection:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def repositories(self, last: str, limit: int) -> list[tuple[RepositoryName, bool]]:
        rows = self._execute(
            """SELECT name, EXISTS (SELECT 1 FROM manifests m WHERE m.repository_id = r.id)
                    OR EXISTS (SELECT 1 FROM links l WHERE l.repository_id = r.id)
                FROM repositories r WHERE name > :last ORDER BY name LIMIT :limit""",
            {"last": last, "limit": limit},
        )
        return [(RepositoryName(name), bool(holds)) for name, holds in rows]

    def blobs(self, last: str, limit: int) -> list[StoredBlob]:
        rows = self._execute(
            """SELECT digest, size, key FROM blobs WHERE digest > :last
                ORDER BY digest LIMIT :limit""",
            {"last": last, "limit": limit},
        )
        return [StoredBlob(Digest(digest), size, key) for digest, size, key in rows]

    def manifests(self, repository: RepositoryName, last: str, limit: int) -> list[StoredManifest]:
        rows = self._execute(
            """SELECT m.digest, m.media_type, m.content, m.kept_until
                FROM repositories r JOIN manifests m ON m.repository_id = r.id
                WHERE r.name = :repository AND m.digest > :last ORDER BY m.digest LIMIT :limit""",
            {"repository": repository, "last": last, "limit": limit},
        )
        return [StoredManifest(Digest(digest), *rest) for digest, *rest in rows]

    def tags(
        self, repository: RepositoryName, last: str, limit: int
    ) -> list[tuple[Tag, Digest | None]]:
        rows = self._execute(
            """SELECT t.name, m.digest FROM repositories r JOIN tags t ON t.repository_id = r.id
                LEFT JOIN manifests m ON m.id = t.manifest_id AND m.repository_id = r.id
                WHERE r.name = :repository AND t.name > :last ORDER BY t.name LIMIT :limit""",
            {"repository": repository, "last": last, "limit": limit},
        )
        return [(Tag(name), Digest(digest) if digest else None) for name, digest in rows]

    def recorded(self, repository: RepositoryName, digest: Digest) -> Recorded:
        mine = {"repository": repository, "digest": digest}
        subject, artifact_type, notes, size = self._execute(
            f"""SELECT subject, artifact_type, annotations, size FROM manifests
                WHERE id = {_MANIFEST}""",
            mine,
        ).fetchone()
        description = Description(
            Digest(subject) if subject else None,
            artifact_type,
            msgspec.json.decode(notes, type=dict[str, str]),
            size,
        )
        blobs, mentions, parts, subjects = (self._digests(one, mine) for one in _REFERENCES)
        return Recorded(blobs, mentions, parts, subjects, description)

    def _digests(self, select: str, mine: dict[str, str]) -> frozenset[Digest]:
        return frozenset(Digest(digest) for (digest,) in self._execute(select, mine))

    def overdue(self, before: int, last: str, limit: int) -> list[Discarded]:
        rows = self._execute(
            """SELECT key, size FROM discarded WHERE key > :last AND discard_at < :before
                ORDER BY key LIMIT :limit""",
            {"before": before, "last": last, "limit": limit},
        )
        return [Discarded(*row) for row in rows]

    def loose(self, last: str, limit: int) -> tuple[list[Loose], str]:
        """`last` is a relation and a number: targets of the first after it come next."""
        name, _, number = (last or f"{RELATIONS[0]} -1").partition(" ")
        relation = next(one for one in RELATIONS if str(one) == name)
        rows = self._execute(
            f"""SELECT t.id, NOT EXISTS (SELECT 1 FROM {relation.target} o WHERE o.id = t.id)
                FROM (SELECT DISTINCT {relation.column} AS id FROM {relation.table}
                    WHERE {relation.column} > :last ORDER BY {relation.column} LIMIT :limit) t
                ORDER BY t.id""",
            {"last": int(number), "limit": limit},
        ).fetchall()
        found = [Loose(name, target, relation.is_derived) for target, is_loose in rows if is_loose]
        if len(rows) == limit:
            return found, f"{name} {rows[-1][0]}"
        following = RELATIONS[RELATIONS.index(relation) + 1 :]
        return found, f"{following[0]} -1" if following else ""


_REFERENCES = (
    f"""SELECT b.digest FROM manifest_blobs u JOIN links l ON l.id = u.link_id
        JOIN repositories r ON r.id = l.repository_id AND r.name = :repository
        JOIN blobs b ON b.id = l.blob_id WHERE u.manifest_id = {_MANIFEST}""",
    f"SELECT digest FROM mentions WHERE manifest_id = {_MANIFEST}",
    f"""SELECT m.digest FROM manifest_edges e JOIN manifests m ON m.id = e.held_id
        WHERE e.holder_id = {_MANIFEST} AND e.is_part = 1""",
    f"""SELECT m.digest FROM manifest_edges e JOIN manifests m ON m.id = e.holder_id
        WHERE e.held_id = {_MANIFEST} AND e.is_part = 0""",
)
