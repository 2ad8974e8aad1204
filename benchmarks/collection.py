"""Pulls while garbage is collected, beside pulls while none is: nobody shall notice.

Decides how much garbage there is: more than can be collected while the pulls are timed. They
come at a fixed rate that leaves the machine mostly idle, so that what is compared is how long
one waits for the collector, not how many fit beside it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from benchmarks.contenders import longshore_in
from benchmarks.content import KIB, Content, Pushed
from benchmarks.filling import Shape, fill, write_files
from benchmarks.generator import Load, Operation, run
from benchmarks.scenarios import CLIENTS, pull
from benchmarks.tables import table, times

TARGET = 1.3  # of the 99th percentile, beside that without garbage
GARBAGE = Shape(4_000, 20, 0)
TURNS = 4  # in a round: a percentile is noisier than a rate
RATE = 500.0  # pulls a second
OPTIONS = ("--gc-interval", "1s", "--gc-grace", "20s", "--undelete-window", "0")


@dataclass
class Collection:
    """99th percentiles of pulls in milliseconds, by round, and what was collected meanwhile."""

    quiet: dict[str, list[float]] = field(default_factory=dict)
    busy: dict[str, list[float]] = field(default_factory=dict)
    collected: int = 0

    def ratio(self, name: str) -> float:
        """How many times as long with the collector at work: of the medians, since a single
        99th percentile jumps too much to be compared with one other."""
        return median(self.busy[name]) / median(self.quiet[name])

    def verdict(self, name: str) -> str:
        first, _, third = quantiles(self.quiet[name], n=4)
        if third > TARGET * first:
            return "can not be told: the machine was not at rest"
        return "yes" if self.ratio(name) <= TARGET else "**no**"

    def spread(self, name: str, timed: dict[str, list[float]]) -> str:
        """The middle half of the turns, beside the median of those without garbage."""
        first, _, third = quantiles(timed[name], n=4)
        usual = median(self.quiet[name])
        return f"{times(first / usual)} to {times(third / usual)}"

    def text(self) -> str:
        """The chapter of the report."""
        turns = max(len(timed) for timed in self.busy.values())
        rows = [
            (
                name,
                times(self.ratio(name)),
                self.verdict(name),
                self.spread(name, self.busy),
                self.spread(name, self.quiet),
            )
            for name in self.busy
        ]
        head = ("", "p99", f"at most {TARGET:g} x", "half of its turns", "half of those without")
        return (
            f"The 99th percentile of {RATE:g} pulls a second while the collector removed"
            f" {self.collected:,} manifests, beside that of a server without garbage; medians of"
            f" {turns} turns each:\n\n" + table(head, rows)
        )


def collect(folder: Path, rounds: int, seconds: float) -> Collection:
    """Time pulls from two servers in turns, one of which has garbage all the time."""
    fill(folder / "busy" / "longshore.db", GARBAGE)
    pushed = Pushed()
    result = Collection()
    with ExitStack() as stack:
        servers = {}
        for key in ("quiet", "busy"):
            process = stack.enter_context(longshore_in(folder / key, *OPTIONS))
            servers[key] = process
            pushed.push(process.host)
        write_files(folder / "busy" / "blobs", GARBAGE)
        _discard_all(folder / "busy" / "longshore.db")
        for _ in range(TURNS * rounds):
            servers["busy"].pause()  # its collector shall not slow down the other
            _time(servers["quiet"].host, seconds, pushed.content, result.quiet)
            servers["busy"].resume()
            _time(servers["busy"].host, seconds, pushed.content, result.busy)
        result.collected = _collected(folder / "busy" / "longshore.db")
    print(f"collected: {result.collected}", file=sys.stderr, flush=True)
    return result


def _time(address: str, seconds: float, content: Content, times_of: dict[str, list[float]]) -> None:
    for name, operations in _pulls(content).items():
        timing = run(address, Load(CLIENTS, seconds, rate=RATE), operations).latency["read"]
        times_of.setdefault(name, []).append(timing.p99)


def _pulls(content: Content) -> dict[str, list[Operation]]:
    return {
        "manifest GET by tag": [pull(content.by_tag, "get")],
        "64 KiB blob GET": [pull(content.blobs[64 * KIB], "get")],
    }


def _discard_all(database: Path) -> None:
    """Make everything that was filled in due at once."""
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        connection.execute("UPDATE manifests SET kept_until = 1 WHERE id <= ?", [GARBAGE.count])


def _collected(database: Path) -> int:
    """How many manifests went so far; there must be some left."""
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection:
        (left,) = connection.execute(
            "SELECT COUNT(*) FROM manifests WHERE id <= ?", [GARBAGE.count]
        ).fetchone()
    if not 0 < left < GARBAGE.count:
        raise RuntimeError(f"{left} of {GARBAGE.count} are left: nothing was compared")
    return GARBAGE.count - int(left)
