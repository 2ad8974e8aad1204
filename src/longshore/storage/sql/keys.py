"""Rows of the keys that sign tokens. Implements `directory.Keys`, where the contract is."""

from __future__ import annotations

from longshore.registry.credentials import Key
from longshore.registry.directory import SigningKey
from longshore.storage.sql.connection import Connection


class Keys:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, key: SigningKey) -> None:
        self._execute(
            """INSERT INTO signing_keys (id, secret, created_at, retired_at)
                VALUES (:id, :secret, :created_at, :retired_at)""",
            {
                "id": key.key.id,
                "secret": key.key.secret,
                "created_at": key.created_at,
                "retired_at": key.retired_at,
            },
        )

    def all(self) -> list[SigningKey]:
        rows = self._execute(
            """SELECT id, secret, created_at, retired_at FROM signing_keys
                ORDER BY created_at DESC, id"""
        )
        return [SigningKey(Key(name, secret), *times) for name, secret, *times in rows]

    def retire(self, key_id: str, at: int) -> None:
        self._execute(
            "UPDATE signing_keys SET retired_at = :at WHERE id = :id", {"id": key_id, "at": at}
        )

    def remove(self, key_id: str) -> None:
        self._execute("DELETE FROM signing_keys WHERE id = :id", {"id": key_id})
