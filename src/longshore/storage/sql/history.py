"""Rows of the history of tags. Implements `history.History`, where the contract is."""

from __future__ import annotations

from typing import Any

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.directory import Actor
from longshore.registry.history import UNKNOWN, Move, Origin
from longshore.storage.sql.connection import Connection

_COLUMNS = """id, at, repository, tag, former, digest, cause, actor, request_id, identity,
    revision, source, branch"""


class History:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, move: Move) -> None:
        self._execute(
            """INSERT INTO tag_moves (at, repository, tag, former, digest, cause, actor,
                    request_id, identity, revision, source, branch)
                VALUES (:at, :repository, :tag, :former, :digest, :cause, :actor,
                    :request_id, :identity, :revision, :source, :branch)""",
            {
                "at": move.at,
                "repository": move.repository,
                "tag": move.tag,
                "former": move.former,
                "digest": move.digest,
                "cause": move.cause,
                "actor": move.actor.name,
                "request_id": move.actor.request_id,
                "identity": move.actor.identity,
                **move.origin._asdict(),
            },
        )

    def last(self, repository: RepositoryName, tag: Tag) -> Move | None:
        return next(iter(self.page(repository, tag, None, 1)), None)

    def page(
        self, repository: RepositoryName, tag: Tag | None, last: int | None, limit: int
    ) -> list[Move]:
        # Each condition is there only where it is asked for, so that an index answers each.
        conditions = "" if tag is None else " AND tag = :tag"
        conditions += "" if last is None else " AND id < :last"
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM tag_moves WHERE repository = :repository{conditions}
                ORDER BY id DESC LIMIT :limit""",
            {"repository": repository, "tag": tag, "last": last, "limit": limit},
        )
        return [_move(row) for row in rows]

    def origin(self, repository: RepositoryName, digest: Digest) -> Origin:
        row = self._execute(
            """SELECT revision, source, branch FROM tag_moves
                WHERE repository = :repository AND digest = :digest
                    AND revision || source || branch <> ''
                ORDER BY id DESC LIMIT 1""",
            {"repository": repository, "digest": digest},
        ).fetchone()
        return Origin(*row) if row else UNKNOWN

    def remove(self, before: int, limit: int) -> int:
        return self._execute(
            """DELETE FROM tag_moves WHERE at < :before
                AND id IN (SELECT id FROM tag_moves ORDER BY id LIMIT :limit)""",
            {"before": before, "limit": limit},
        ).rowcount


def _move(row: Any) -> Move:
    number, at, repository, tag, former, digest, cause, name, request_id, identity, *origin = row
    return Move(
        number,
        at,
        RepositoryName(repository),
        Tag(tag),
        Digest(former) if former else None,
        Digest(digest) if digest else None,
        cause,
        Actor(name, request_id=request_id, identity=identity),
        Origin(*origin),
    )
