"""Rows of grants. Implements `directory.Grants`, where the contract is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longshore.registry.grants import Grant, Verb
from longshore.registry.patterns import Pattern
from longshore.storage.sql.connection import Connection


class Grants:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, grant: Grant) -> None:
        self._execute(
            """INSERT INTO grants (subject, pattern, verbs) VALUES (:subject, :pattern, :verbs)
                ON CONFLICT (subject, pattern) DO UPDATE SET verbs = excluded.verbs""",
            {**grant._asdict(), "verbs": ",".join(sorted(grant.verbs))},
        )

    def remove(self, subject: str, pattern: Pattern) -> bool:
        removed = self._execute(
            "DELETE FROM grants WHERE subject = :subject AND pattern = :pattern",
            {"subject": subject, "pattern": pattern},
        )
        return removed.rowcount == 1

    def of(self, subjects: Sequence[str]) -> list[Grant]:
        found: list[Grant] = []
        for subject in sorted(set(subjects)):
            rows = self._execute(
                """SELECT subject, pattern, verbs FROM grants WHERE subject = :subject
                    ORDER BY pattern""",
                {"subject": subject},
            )
            found += map(_grant, rows)
        return found

    def page(self, last: tuple[str, str], limit: int) -> list[Grant]:
        rows = self._execute(
            """SELECT subject, pattern, verbs FROM grants
                WHERE (subject, pattern) > (:subject, :pattern)
                ORDER BY subject, pattern LIMIT :limit""",
            {"subject": last[0], "pattern": last[1], "limit": limit},
        )
        return [_grant(row) for row in rows]


def _grant(row: Any) -> Grant:
    subject, pattern, verbs = row
    return Grant(subject, Pattern(pattern), frozenset(map(Verb, verbs.split(","))))
