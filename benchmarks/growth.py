"""The same reads while a registry grows: none may become slower with what lies beside it.

Decides how large "large" is. Servers take turns, and each ratio is to the smallest of them in
the same round.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.contenders import longshore_in
from benchmarks.content import MANIFEST
from benchmarks.filling import Shape, fill
from benchmarks.generator import Load, Operation, run
from benchmarks.processes import Process
from benchmarks.scenarios import CLIENTS
from benchmarks.tables import table, times

START_TARGET = 1.0  # seconds from the start of the process until it is ready
READ = 500  # different manifests, so that they are not all in a cache
TAGS, NAMES = 9, 99  # entries of a page: from the middle, the smallest has as many


@dataclass(frozen=True)
class Size:
    """A registry to grow to; the first is what the others are compared with."""

    key: str
    title: str
    shape: Shape


SIZES = (
    Size("small", "200 repositories of 20 manifests and tags", Shape(200, 20, 20)),
    Size("tags-2k", "2,000 tags in 1 repository", Shape(1, 20, 2_000)),
    Size("tags-200k", "200,000 tags in 1 repository", Shape(1, 20, 200_000)),
    Size(
        "large",
        "50,000 repositories, 1 million manifests and tags, 5 million references",
        Shape(50_000, 20, 20),
    ),
)


@dataclass
class Growth:
    """Of each size: the rate of each read by round, seconds to start, seconds to fill."""

    rates: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    starts: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, size: str, read: str) -> float:
        """How many times as many reads as the smallest, in the median round."""
        rounds = zip(self.rates[size][read], self.rates[SIZES[0].key][read], strict=True)
        return median(mine / smallest for mine, smallest in rounds)

    def _cell(self, size: str, read: str) -> str:
        return times(self.ratio(size, read)) if read in self.rates[size] else ""

    def text(self) -> str:
        """The chapter of the report."""
        reads = list(self.rates[SIZES[0].key])
        rows = [
            (
                size.title,
                *(self._cell(size.key, read) for read in reads),
                f"{median(self.starts[size.key]):.2f} s",
            )
            for size in SIZES
        ]
        slowest = median(self.starts[SIZES[-1].key])
        verdict = "reached" if slowest < START_TARGET else "**not** reached"
        return (
            "Longshore alone, reads per second beside the smallest registry in the same round:\n\n"
            + table(("", *reads, "start until ready"), rows)
            + f"\nTarget: the largest is ready in less than {START_TARGET:g} s; {verdict}.\n"
        )


def grow(folder: Path, rounds: int, seconds: float) -> Growth:
    """Fill a registry of each size, and ask them in turns."""
    growth = Growth()
    for size in SIZES:
        started = time.monotonic()
        fill(folder / size.key / "longshore.db", size.shape)
        print(f"{size.title}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    reads = {size.key: _reads(size.shape) for size in SIZES}
    plans = [
        (read, size, reads[size.key][read])
        for read in reads[SIZES[0].key]
        for size in SIZES
        if read in reads[size.key]
    ]
    for _ in range(rounds):
        for size in SIZES:
            growth.starts.setdefault(size.key, []).append(_start(folder / size.key))
        with _serving(folder) as servers:
            for read, size, operations in plans:
                rate = run(servers[size.key].host, Load(CLIENTS, seconds), operations).rate
                growth.rates.setdefault(size.key, {}).setdefault(read, []).append(rate)
    return growth


def _start(folder: Path) -> float:
    """How many seconds one takes that has the machine for itself."""
    with longshore_in(folder, ready="/readyz") as process:
        return process.startup


@contextmanager
def _serving(folder: Path) -> Iterator[dict[str, Process]]:
    with ExitStack() as stack:
        servers = {}
        for size in SIZES:
            process = longshore_in(folder / size.key, ready="/readyz")
            servers[size.key] = stack.enter_context(process)
        yield servers


def _reads(shape: Shape) -> dict[str, list[Operation]]:
    """Each kind of read, from all over the registry."""
    repositories = [shape.repositories * step // READ for step in range(READ)]
    tags = [shape.tags * step // READ for step in range(READ)]
    middle = shape.name(shape.repositories // 2)
    last = shape.tag(shape.tags // 2)
    reads = {
        "manifest GET by tag": [
            _manifest(shape, repository, tag * 7 % shape.tags)
            for repository, tag in zip(repositories, tags, strict=True)
        ],
        "page of tags": [_page(f"/v2/{middle}/tags/list?n={TAGS}&last={last}")],
    }
    if shape.repositories > NAMES:
        reads["page of the catalog"] = [_page(f"/v2/_catalog?n={NAMES}&last={middle}")]
    return reads


def _manifest(shape: Shape, repository: int, tag: int) -> Operation:
    item = shape.item(repository, tag)
    return Operation(
        name="manifest", kind="get", path=item.path, accept=MANIFEST, length=item.length
    )


def _page(path: str) -> Operation:
    return Operation(name="page", kind="get", path=path)
