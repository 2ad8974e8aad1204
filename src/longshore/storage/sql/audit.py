"""Rows of the audit log. Implements `directory.Audit`, where the contract is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from longshore.registry.directory import Actor, Entry
from longshore.storage.sql.connection import Connection

_COLUMNS = "id, at, actor, address, request_id, identity, action, target, outcome, detail"
_FILTERS = ("actor", "action", "target", "outcome")


class Audit:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, entry: Entry) -> None:
        self._execute(
            """INSERT INTO audit
                (at, actor, address, request_id, identity, action, target, outcome, detail)
                VALUES (:at, :actor, :address, :request_id, :identity,
                    :action, :target, :outcome, :detail)""",
            {
                "at": entry.at,
                "actor": entry.actor.name,
                "address": entry.actor.address,
                "request_id": entry.actor.request_id,
                "identity": entry.actor.identity,
                "action": entry.action,
                "target": entry.target,
                "outcome": entry.outcome,
                "detail": msgspec.json.encode(entry.detail, enc_hook=str),
            },
        )

    def page(self, last: int, limit: int, wanted: Mapping[str, str]) -> list[Entry]:
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM audit WHERE id > :last{_conditions(wanted)}
                ORDER BY id LIMIT :limit""",
            {**wanted, "last": last, "limit": limit},
        )
        return [_entry(row) for row in rows]

    def latest(self, limit: int, wanted: Mapping[str, str]) -> list[Entry]:
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM audit WHERE id > 0{_conditions(wanted)}
                ORDER BY id DESC LIMIT :limit""",
            {**wanted, "limit": limit},
        )
        return [_entry(row) for row in rows][::-1]

    def remove(self, before: int, limit: int) -> int:
        return self._execute(
            """DELETE FROM audit WHERE id IN
                (SELECT id FROM audit WHERE at < :before ORDER BY at, id LIMIT :limit)""",
            {"before": before, "limit": limit},
        ).rowcount


def _conditions(wanted: Mapping[str, str]) -> str:
    return "".join(f" AND {name} = :{name}" for name in _FILTERS if name in wanted)


def _entry(row: Any) -> Entry:
    number, at, name, address, request_id, identity, action, target, outcome, detail = row
    actor = Actor(name, address, request_id, identity)
    told = msgspec.json.decode(detail, type=dict[str, Any])
    return Entry(number, at, actor, action, target, outcome, told)
