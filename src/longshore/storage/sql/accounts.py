"""Rows of accounts. Implements `directory.Accounts`, where the contract is."""

from __future__ import annotations

from typing import Any

from longshore.registry.directory import Account, Kind
from longshore.storage.sql.connection import Connection

_COLUMNS = "name, kind, description, is_enabled, created_at"


class Accounts:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, account: Account) -> None:
        self._execute(
            f"""INSERT INTO accounts ({_COLUMNS})
                VALUES (:name, :kind, :description, :is_enabled, :created_at)""",
            _parameters(account),
        )

    def find(self, name: str) -> Account | None:
        row = self._execute(
            f"SELECT {_COLUMNS} FROM accounts WHERE name = :name", {"name": name}
        ).fetchone()
        return _account(row) if row else None

    def change(self, account: Account) -> None:
        self._execute(
            """UPDATE accounts SET description = :description, is_enabled = :is_enabled
                WHERE name = :name""",
            {
                "name": account.name,
                "description": account.description,
                "is_enabled": int(account.is_enabled),
            },
        )

    def password(self, name: str) -> str | None:
        row = self._execute(
            "SELECT password FROM accounts WHERE name = :name", {"name": name}
        ).fetchone()
        return row[0] if row else None

    def set_password(self, name: str, hashed: str) -> None:
        self._execute(
            "UPDATE accounts SET password = :hashed WHERE name = :name",
            {"name": name, "hashed": hashed},
        )

    def remove(self, name: str) -> None:
        for statement in (
            "DELETE FROM secrets WHERE account = :name",
            "DELETE FROM members WHERE account = :name",
            "DELETE FROM grants WHERE subject = :name",
            "DELETE FROM trusts WHERE name = :name",
            "DELETE FROM accounts WHERE name = :name",
        ):
            self._execute(statement, {"name": name})

    def page(self, last: str, limit: int, kind: Kind | None = None) -> list[Account]:
        of_kind = " AND kind = :kind" if kind else ""
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM accounts WHERE name > :last{of_kind}
                ORDER BY name LIMIT :limit""",
            {"last": last, "limit": limit, "kind": kind},
        )
        return [_account(row) for row in rows]


def _parameters(account: Account) -> dict[str, Any]:
    return {**account._asdict(), "is_enabled": int(account.is_enabled)}


def _account(row: Any) -> Account:
    name, kind, description, is_enabled, created_at = row
    return Account(name, kind, description, bool(is_enabled), created_at)
