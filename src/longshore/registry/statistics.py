"""Statistics: how much there is, measured now and then, and what has been done, added up.

Decides the names under which they are kept. Measuring reads every row, so it is the
collector's work and never a request's.
"""

from __future__ import annotations

from collections.abc import Mapping

from longshore.registry.ports import Transaction


def totals(tx: Transaction) -> Mapping[str, int]:
    """The latest of everything."""
    return tx.statistics.totals()


def measure(tx: Transaction) -> Mapping[str, int]:
    """Count all rows, as they are at one moment."""
    return tx.statistics.measure()


def record(tx: Transaction, measured: Mapping[str, int], done: Mapping[str, int]) -> None:
    """Keep what was measured, in place of what was before, and add up what was done."""
    tx.statistics.replace(measured)
    tx.statistics.add(done)
