"""The audit log in memory. Implements `directory.Audit`, where the contract is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from longshore.registry.directory import EVERY_LINE, OF_A_PLACE, Entry, Wanted
from longshore.storage.memory.rows import Rows


class Audit:
    def __init__(self, rows: Rows) -> None:
        self._entries = rows.audit
        self._last_ids = rows.last_ids

    def add(self, entry: Entry) -> None:
        number = self._last_ids.get("audit", 0) + 1
        self._last_ids["audit"] = number
        self._entries[number] = entry._replace(id=number)

    def page(self, last: int, limit: int, wanted: Wanted = EVERY_LINE) -> list[Entry]:
        return [entry for entry in self._matching(wanted) if entry.id > last][:limit]

    def latest(
        self, limit: int, wanted: Wanted = EVERY_LINE, before: int | None = None
    ) -> list[Entry]:
        found = [one for one in self._matching(wanted) if before is None or one.id < before]
        return list(islice(reversed(found), limit))[::-1]

    def remove(self, before: int, limit: int) -> int:
        old = sorted((one.at, one.id) for one in self._entries.values() if one.at < before)[:limit]
        for _, number in old:
            del self._entries[number]
        return len(old)

    def _matching(self, wanted: Wanted) -> Iterator[Entry]:
        for entry in self._entries.values():
            values = (entry.actor.name, entry.action, entry.target, entry.outcome)
            if (
                all(one in {"", value} for one, value in zip(wanted[:4], values, strict=True))
                and entry.at >= wanted.since
                and (not wanted.places or any(_is_of(entry, place) for place in wanted.places))
            ):
                yield entry


def _is_of(entry: Entry, place: str) -> bool:
    begins = tuple(place + mark for mark in OF_A_PLACE)
    return entry.target == place or entry.target.startswith(begins)
