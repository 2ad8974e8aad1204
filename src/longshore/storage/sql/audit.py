"""Rows of the audit log. Implements `directory.Audit`, where the contract is."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from longshore.registry.directory import EVERY_LINE, OF_A_PLACE, Actor, Entry, Wanted
from longshore.storage.sql.connection import Connection

_COLUMNS = "id, at, actor, address, request_id, identity, action, target, outcome, detail"
_FILTERS = ("actor", "action", "target", "outcome")
_NEVER = 2**63 - 1  # an id that no line gets


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

    def page(self, last: int, limit: int, wanted: Wanted = EVERY_LINE) -> list[Entry]:
        sought = _sought(wanted)
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM audit WHERE id > :last{sought.condition}
                ORDER BY id LIMIT :limit""",
            {**sought.values, "last": last, "limit": limit},
        )
        return [_entry(row) for row in rows]

    def latest(
        self, limit: int, wanted: Wanted = EVERY_LINE, before: int | None = None
    ) -> list[Entry]:
        sought = _sought(wanted)
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM audit WHERE id < :before{sought.condition}
                ORDER BY id DESC LIMIT :limit""",
            {**sought.values, "before": _NEVER if before is None else before, "limit": limit},
        )
        return [_entry(row) for row in rows][::-1]

    def remove(self, before: int, limit: int) -> int:
        return self._execute(
            """DELETE FROM audit WHERE id IN
                (SELECT id FROM audit WHERE at < :before ORDER BY at, id LIMIT :limit)""",
            {"before": before, "limit": limit},
        ).rowcount


class _Sought(NamedTuple):
    """More conditions on a line, and the values that they name."""

    condition: str
    values: dict[str, Any]


def _sought(wanted: Wanted) -> _Sought:
    values: dict[str, Any] = {
        name: value for name in _FILTERS if (value := getattr(wanted, name)) != ""
    }
    conditions = [f"{name} = :{name}" for name in values]
    if wanted.since:
        conditions.append("at >= :since")
        values["since"] = wanted.since
    if wanted.places:
        at = {f"place{number}": place for number, place in enumerate(wanted.places)}
        conditions.append(f"({' OR '.join(map(_is_of, at))})")
        values |= at
    return _Sought("".join(f" AND {condition}" for condition in conditions), values)


def _is_of(place: str) -> str:
    ends = ", ".join(f":{place} || '{mark}'" for mark in OF_A_PLACE)
    return f"target = :{place} OR substr(target, 1, length(:{place}) + 1) IN ({ends})"


def _entry(row: Any) -> Entry:
    number, at, name, address, request_id, identity, action, target, outcome, detail = row
    actor = Actor(name, address, request_id, identity)
    told = msgspec.json.decode(detail, type=dict[str, Any])
    return Entry(number, at, actor, action, target, outcome, told)
