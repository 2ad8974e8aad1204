"""Rows of groups' members. Implements `directory.Groups`, where the contract is."""

from __future__ import annotations

from longshore.storage.sql.connection import Connection


class Groups:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, group: str, account: str) -> None:
        self._execute(
            """INSERT INTO members (name, account) VALUES (:name, :account)
                ON CONFLICT DO NOTHING""",
            {"name": group, "account": account},
        )

    def remove(self, group: str, account: str) -> bool:
        removed = self._execute(
            "DELETE FROM members WHERE name = :name AND account = :account",
            {"name": group, "account": account},
        )
        return removed.rowcount == 1

    def of(self, account: str) -> list[str]:
        rows = self._execute(
            "SELECT name FROM members WHERE account = :account ORDER BY name", {"account": account}
        )
        return [name for (name,) in rows]

    def members(self, group: str) -> list[str]:
        rows = self._execute(
            "SELECT account FROM members WHERE name = :name ORDER BY account", {"name": group}
        )
        return [account for (account,) in rows]

    def page(self, last: str, limit: int) -> list[str]:
        rows = self._execute(
            """SELECT DISTINCT name FROM members WHERE name > :last
                ORDER BY name LIMIT :limit""",
            {"last": last, "limit": limit},
        )
        return [name for (name,) in rows]
