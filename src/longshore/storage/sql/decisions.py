"""Rows of decisions. Implements `delivery.ports.Decisions`, where the contract is."""

from __future__ import annotations

from longshore.delivery.environments.deployments import Decision
from longshore.storage.sql.connection import Connection

_COLUMNS = ", ".join(Decision._fields)
_NEW = Decision._fields[1:]  # the database gives the id


class Decisions:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, decision: Decision) -> None:
        self._execute(
            f"""INSERT INTO decisions ({", ".join(_NEW)})
                VALUES ({", ".join(f":{name}" for name in _NEW)})""",
            decision._asdict(),
        )

    def latest(self, environment: str, before: int | None, limit: int) -> list[Decision]:
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM decisions WHERE environment = :environment
                {"" if before is None else "AND id < :before"} ORDER BY id DESC LIMIT :limit""",
            {"environment": environment, "before": before, "limit": limit},
        )
        return [Decision(*row) for row in rows]
