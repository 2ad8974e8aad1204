"""Rows of tags. Implements `ports.Tags`, where the contract is.

The numbers that a tag begins with are in its row as text that sorts as they do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import numbers
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
            """INSERT INTO tags (repository_id, name, manifest_id, numbers, ending)
                SELECT r.id, :tag, m.id, :numbers, :ending FROM repositories r
                JOIN manifests m ON m.repository_id = r.id AND m.digest = :digest
                WHERE r.name = :repository
                ON CONFLICT (repository_id, name)
                    DO UPDATE SET manifest_id = excluded.manifest_id""",
            {"repository": repository, "tag": tag, "digest": digest, **_place(tag)},
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

    def numbered(
        self,
        repository: RepositoryName,
        beginning: Sequence[int] = (),
        ending: str | None = None,
        suffix: str = "",
    ) -> Iterator[Tag]:
        first = _sortable(beginning)
        rows = self._execute(
            """SELECT t.name FROM repositories r JOIN tags t ON t.repository_id = r.id
                WHERE r.name = :repository AND t.numbers >= :first AND t.numbers < :behind
                  AND (CAST(:ending AS TEXT) IS NULL OR t.ending = :ending)
                  AND t.ending LIKE :suffix ESCAPE '!'
                ORDER BY t.numbers DESC""",
            # ':' is what comes behind the digits.
            {
                "repository": repository,
                "first": first,
                "behind": f"{first}:",
                "ending": ending,
                "suffix": "%" + re.sub("[!%_]", r"!\g<0>", suffix),
            },
        )
        for (name,) in rows:
            if name.endswith(suffix):  # LIKE may make no difference between `A` and `a`
                yield Tag(name)


def number_tags(connection: Connection) -> None:
    """Write down the numbers of tags that are there already."""
    rows = connection.execute("SELECT repository_id, name FROM tags").fetchall()
    for repository, name in rows:
        connection.execute(
            """UPDATE tags SET numbers = :numbers, ending = :ending
                WHERE repository_id = :repository AND name = :name""",
            {"repository": repository, "name": name, **_place(name)},
        )


def _place(tag: str) -> dict[str, str | None]:
    found = numbers.read(tag)
    if found is None:
        return {"numbers": None, "ending": None}
    return {"numbers": _sortable(found.numbers), "ending": found.ending}


def _sortable(values: Iterable[int]) -> str:
    """Text in the order of the numbers: the length of each goes before its digits."""
    return "".join(f"{len(str(value)):03}{value}" for value in values)
