"""Rows of secrets, of which only digests are kept. Implements `directory.Secrets`."""

from __future__ import annotations

from longshore.registry.directory import Secret
from longshore.storage.sql.connection import Connection

_COLUMNS = ", ".join(Secret._fields)


class Secrets:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, secret: Secret, digest: str) -> None:
        values = ", ".join(f":{name}" for name in Secret._fields)
        self._execute(
            f"INSERT INTO secrets ({_COLUMNS}, digest) VALUES ({values}, :digest)",
            {**secret._asdict(), "digest": digest},
        )

    def find(self, digest: str) -> Secret | None:
        row = self._execute(
            f"SELECT {_COLUMNS} FROM secrets WHERE digest = :digest", {"digest": digest}
        ).fetchone()
        return Secret(*row) if row else None

    def of(self, account: str) -> list[Secret]:
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM secrets WHERE account = :account
                ORDER BY created_at, id""",
            {"account": account},
        )
        return [Secret(*row) for row in rows]

    def use(self, secret_id: str, at: int) -> None:
        self._execute(
            "UPDATE secrets SET last_used_at = :at WHERE id = :id", {"id": secret_id, "at": at}
        )

    def remove(self, account: str, secret_id: str) -> bool:
        removed = self._execute(
            "DELETE FROM secrets WHERE account = :account AND id = :id",
            {"account": account, "id": secret_id},
        )
        return removed.rowcount == 1

    def remove_expired(self, before: int) -> None:
        self._execute("DELETE FROM secrets WHERE expires_at < :before", {"before": before})
