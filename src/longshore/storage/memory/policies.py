"""Policies in memory. Implements `delivery.ports.Policies`, where the contract is."""

from __future__ import annotations

from longshore.delivery.ports import PolicyRow
from longshore.oci.names import RepositoryName
from longshore.registry.patterns import Pattern
from longshore.storage.memory.rows import Rows


class Policies:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows.policies

    def put(self, row: PolicyRow) -> None:
        self._rows[row.pattern] = row

    def remove(self, pattern: Pattern) -> bool:
        return self._rows.pop(pattern, None) is not None

    def find(self, pattern: Pattern) -> PolicyRow | None:
        return self._rows.get(pattern)

    def page(self, last: str, limit: int) -> list[PolicyRow]:
        return [row for name, row in sorted(self._rows.items()) if name > last][:limit]

    def covering(self, repository: RepositoryName) -> list[Pattern]:
        found = sorted(self._rows.items())
        return [row.pattern for _, row in found if row.pattern.matches(repository)]
