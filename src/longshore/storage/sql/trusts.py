"""Rows of trusts, and of the identity tokens that were used. Implements `directory.Trusts`."""

from __future__ import annotations

from typing import Any

import msgspec

from longshore.registry.trust import Trust
from longshore.storage.sql.connection import Connection

_COLUMNS = "name, issuer, audience, claims, is_single_use"


class Trusts:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, trust: Trust) -> None:
        self._execute(
            f"""INSERT INTO trusts ({_COLUMNS})
                VALUES (:name, :issuer, :audience, :claims, :is_single_use)
                ON CONFLICT (name) DO UPDATE SET issuer = excluded.issuer,
                    audience = excluded.audience, claims = excluded.claims,
                    is_single_use = excluded.is_single_use""",
            {
                **trust._asdict(),
                "claims": msgspec.json.encode(trust.claims),
                "is_single_use": int(trust.is_single_use),
            },
        )

    def remove(self, name: str) -> bool:
        removed = self._execute("DELETE FROM trusts WHERE name = :name", {"name": name})
        return removed.rowcount == 1

    def find(self, name: str) -> Trust | None:
        row = self._execute(
            f"SELECT {_COLUMNS} FROM trusts WHERE name = :name", {"name": name}
        ).fetchone()
        return _trust(row) if row else None

    def of(self, issuer: str) -> list[Trust]:
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM trusts WHERE issuer = :issuer ORDER BY name",
            {"issuer": issuer},
        )
        return [_trust(row) for row in rows]

    def page(self, last: str, limit: int) -> list[Trust]:
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM trusts WHERE name > :last ORDER BY name LIMIT :limit",
            {"last": last, "limit": limit},
        )
        return [_trust(row) for row in rows]

    def used(self, digest: str, address: str, until: int) -> str | None:
        first = self._execute(
            "SELECT address FROM used_tokens WHERE digest = :digest", {"digest": digest}
        ).fetchone()
        if first is None:
            self._execute(
                """INSERT INTO used_tokens (digest, address, kept_until)
                    VALUES (:digest, :address, :until)""",
                {"digest": digest, "address": address, "until": until},
            )
            return None
        return str(first[0])

    def forget_used(self, before: int) -> None:
        self._execute("DELETE FROM used_tokens WHERE kept_until < :before", {"before": before})


def _trust(row: Any) -> Trust:
    name, issuer, audience, claims, is_single_use = row
    pairs = msgspec.json.decode(claims, type=tuple[tuple[str, str], ...])
    return Trust(name, issuer, audience, pairs, bool(is_single_use))
