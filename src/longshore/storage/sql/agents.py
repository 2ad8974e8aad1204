"""Rows of agents and of codes to join. Implements the ports of those names in `delivery.ports`."""

from __future__ import annotations

from longshore.delivery.environments.records import Agent, JoinCode
from longshore.storage.sql.connection import Connection

_COLUMNS = ", ".join(Agent._fields)
_VALUES = ", ".join(f":{name}" for name in Agent._fields)


class Agents:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, agent: Agent) -> None:
        self._execute(
            f"""INSERT INTO agents ({_COLUMNS}) VALUES ({_VALUES})
                ON CONFLICT (environment, host) DO UPDATE SET
                    account = excluded.account, seen_at = excluded.seen_at,
                    generation = excluded.generation, lost_at = excluded.lost_at""",
            agent._asdict(),
        )

    def find(self, environment: str, host: str) -> Agent | None:
        row = self._execute(
            f"""SELECT {_COLUMNS} FROM agents
                WHERE environment = :environment AND host = :host""",
            {"environment": environment, "host": host},
        ).fetchone()
        return Agent(*row) if row else None

    def of(self, environment: str) -> list[Agent]:
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM agents WHERE environment = :environment ORDER BY host",
            {"environment": environment},
        )
        return [Agent(*row) for row in rows]

    def remove(self, environment: str, host: str) -> bool:
        removed = self._execute(
            "DELETE FROM agents WHERE environment = :environment AND host = :host",
            {"environment": environment, "host": host},
        )
        return removed.rowcount == 1

    def silent(self, before: int, limit: int) -> list[Agent]:
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM agents
                WHERE seen_at < :before AND seen_at IS NOT NULL AND lost_at IS NULL
                ORDER BY seen_at, environment, host LIMIT :limit""",
            {"before": before, "limit": limit},
        )
        return [Agent(*row) for row in rows]


class JoinCodes:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, code: JoinCode, digest: str) -> None:
        self._execute(
            """INSERT INTO join_codes (digest, environment, expires_at, made_by)
                VALUES (:digest, :environment, :expires_at, :made_by)""",
            {**code._asdict(), "digest": digest},
        )

    def take(self, digest: str) -> JoinCode | None:
        row = self._execute(
            """DELETE FROM join_codes WHERE digest = :digest
                RETURNING environment, expires_at, made_by""",
            {"digest": digest},
        ).fetchone()
        return JoinCode(*row) if row else None

    def remove_expired(self, before: int) -> None:
        self._execute("DELETE FROM join_codes WHERE expires_at <= :before", {"before": before})
