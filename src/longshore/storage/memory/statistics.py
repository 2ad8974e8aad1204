"""Totals in memory. Implements `ports.Statistics`, where the contract is."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.storage.memory.rows import Rows


class Statistics:
    def __init__(self, rows: Rows, now: int) -> None:
        self._rows = rows
        self._now = now

    def measure(self) -> Mapping[str, int]:
        rows = self._rows
        times = [*rows.links.values(), *(row.kept_until for row in rows.manifests.values())]
        return {
            "repositories": len(rows.repositories),
            "manifests": len(rows.manifests),
            "tags": len(rows.tags),
            "blobs": len(rows.blobs),
            "blob_bytes": sum(blob.size for blob in rows.blobs.values()),
            "garbage_queue": sum(1 for time in times if time is not None and time <= self._now),
            "discarded_bytes": sum(row.size for row in rows.discarded.values()),
            "trash": len(rows.trash),
        }

    def totals(self) -> Mapping[str, int]:
        return dict(self._rows.totals)

    def replace(self, amounts: Mapping[str, int]) -> None:
        self._rows.totals.update(amounts)

    def add(self, amounts: Mapping[str, int]) -> None:
        for name, amount in amounts.items():
            self._rows.totals[name] = self._rows.totals.get(name, 0) + amount
