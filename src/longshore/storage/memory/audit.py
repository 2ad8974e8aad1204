"""The audit log in memory. Implements `directory.Audit`, where the contract is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from longshore.registry.directory import Entry
from longshore.storage.memory.rows import Rows


class Audit:
    def __init__(self, rows: Rows) -> None:
        self._entries = rows.audit
        self._last_ids = rows.last_ids

    def add(self, entry: Entry) -> None:
        number = self._last_ids.get("audit", 0) + 1
        self._last_ids["audit"] = number
        self._entries[number] = entry._replace(id=number)

    def page(self, last: int, limit: int, wanted: Mapping[str, str]) -> list[Entry]:
        return [entry for entry in self._matching(wanted) if entry.id > last][:limit]

    def latest(self, limit: int, wanted: Mapping[str, str]) -> list[Entry]:
        return list(islice(reversed(list(self._matching(wanted))), limit))[::-1]

    def remove(self, before: int, limit: int) -> int:
        old = sorted((one.at, one.id) for one in self._entries.values() if one.at < before)[:limit]
        for _, number in old:
            del self._entries[number]
        return len(old)

    def _matching(self, wanted: Mapping[str, str]) -> Iterator[Entry]:
        for entry in self._entries.values():
            values = {
                "actor": entry.actor.name,
                "action": entry.action,
                "target": entry.target,
                "outcome": entry.outcome,
            }
            if all(values[name] == value for name, value in wanted.items()):
                yield entry
