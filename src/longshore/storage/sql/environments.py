"""Rows of environments, each as a whole, with the columns that it is looked for by.

Implements `delivery.ports.Environments`, where the contract is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from longshore.delivery.environments.deployments import EnvironmentState
from longshore.oci.names import RepositoryName
from longshore.storage.sql.connection import Connection, Row


class Environments:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, state: EnvironmentState) -> None:
        self._execute(
            """INSERT INTO environments (name, promote_from, look_at, state)
                VALUES (:name, :promote_from, :look_at, :state)
                ON CONFLICT (name) DO UPDATE SET promote_from = excluded.promote_from,
                    look_at = excluded.look_at, state = excluded.state""",
            {
                "name": state.declared.name,
                "promote_from": state.declared.promote_from or None,
                "look_at": state.look_at,
                "state": encode(state),
            },
        )

    def find(self, name: str) -> EnvironmentState | None:
        rows = self._execute("SELECT state FROM environments WHERE name = :name", {"name": name})
        return next(iter(_states(rows)), None)

    def remove(self, name: str) -> None:
        for table, column in (
            ("environment_images", "environment"),
            ("environment_reports", "environment"),
            ("agents", "environment"),
            ("join_codes", "environment"),
            ("log_requests", "environment"),
            ("log_readers", "environment"),
            ("environments", "name"),
        ):
            self._execute(f"DELETE FROM {table} WHERE {column} = :name", {"name": name})

    def page(self, last: str, limit: int) -> list[EnvironmentState]:
        rows = self._execute(
            "SELECT state FROM environments WHERE name > :last ORDER BY name LIMIT :limit",
            {"last": last, "limit": limit},
        )
        return _states(rows)

    def running(self, repository: RepositoryName) -> list[EnvironmentState]:
        rows = self._execute(
            """SELECT e.state FROM environment_images i
                JOIN environments e ON e.name = i.environment
                WHERE i.repository = :repository ORDER BY e.name""",
            {"repository": repository},
        )
        return _states(rows)

    def after(self, name: str) -> list[EnvironmentState]:
        rows = self._execute(
            "SELECT state FROM environments WHERE promote_from = :name ORDER BY name",
            {"name": name},
        )
        return _states(rows)

    def due(self, now: int, limit: int) -> list[EnvironmentState]:
        rows = self._execute(
            """SELECT state FROM environments WHERE look_at <= :now
                ORDER BY look_at, name LIMIT :limit""",
            {"now": now, "limit": limit},
        )
        return _states(rows)


def encode(state: object) -> bytes:
    """A value of delivery as it is kept."""
    return msgspec.json.encode(state, enc_hook=str)


def named(kind: type[str], text: str) -> str:
    """A name of the registry, as it was when it was kept."""
    return kind(text)


def _states(rows: Iterable[Row]) -> list[EnvironmentState]:
    return [_state(content) for (content,) in rows]


def _state(content: Any) -> EnvironmentState:
    return msgspec.json.decode(content, type=EnvironmentState)
