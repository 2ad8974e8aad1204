"""Rows of facts. Implements `directory.Facts`, where the contract is."""

from __future__ import annotations

from longshore.storage.sql.connection import Connection


class Facts:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def get(self, name: str) -> str | None:
        row = self._execute("SELECT value FROM facts WHERE name = :name", {"name": name}).fetchone()
        return row[0] if row else None

    def put(self, name: str, value: str) -> None:
        self._execute(
            """INSERT INTO facts (name, value) VALUES (:name, :value)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
            {"name": name, "value": value},
        )
