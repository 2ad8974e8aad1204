"""docs/benchmarks.md, from what was measured.

Decides what is told and in which words. Everything on the page comes from one run.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.access import Access
from benchmarks.agents import Agents
from benchmarks.collection import Collection
from benchmarks.comparison import Comparison, Row
from benchmarks.content import TAGS
from benchmarks.growth import Growth
from benchmarks.tables import table, times

MEMORY_TARGET = 100 * 1024 * 1024  # bytes of one process after the mixed load

_INTRODUCTION = """\
# Benchmarks

<!-- Written by `make bench`. -->

`make bench` starts Longshore and the two versions of the registry that most people run, each as
its makers ship it, on one machine and one disk, and asks them for the same things in turns. What
counts is the ratio within a round, and of the rounds the median: machines differ, and so does
one machine from minute to minute. Every reply is checked for status and length, and content
by digest on a sample; a wrong reply ends the run.
"""

_METHOD = f"""\
- A small image is two layers of 16 KiB and a configuration of 2 KiB, pushed as Docker does:
  HEAD, POST, PATCH as a stream and PUT for each blob, then the manifest under a new tag.
- Large transfers go three at a time, everything else 16 at a time, over connections that stay open.
- The mix: manifests by GET and HEAD, by tag and digest; blobs of 4, 64 and 512 KiB (two
  thirds) and of 2 and 8 MiB; small images pushed.
- CPU is that of all processes of a server for one operation: the smaller, the better.
- Every server syncs files before it answers a push; Longshore and distribution sync folders, too.
- The reads are from a repository with {TAGS:,} tags.
"""


class Parts(NamedTuple):
    """What was measured besides; None where nobody asked for it."""

    growth: Growth | None
    collection: Collection | None
    access: Access | None
    agents: Agents | None


def render(comparison: Comparison, measured: Parts, facts: Sequence[tuple[str, str]]) -> str:
    """The whole page, or of a partial run the parts that there are."""
    parts = [_INTRODUCTION, "## Machine and versions\n", table(("", ""), _facts(comparison, facts))]
    if comparison.rows:
        parts += ["## Longshore and the others\n", _ratios(comparison), _METHOD]
        parts += ["## The load generator\n", _generator(comparison)]
    if comparison.starts:
        parts += ["## Start and memory\n", _start_and_memory(comparison)]
    if measured.growth:
        parts += ["## Growth\n", measured.growth.text()]
    if measured.collection:
        parts += ["## Pulls during garbage collection\n", measured.collection.text()]
    if measured.access:
        parts += ["## Accounts\n", measured.access.text()]
    if measured.agents:
        parts += ["## Agents\n", measured.agents.text()]
    return "\n".join(parts)


def _facts(comparison: Comparison, facts: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    versions = [(one.name, one.version) for one in comparison.contenders if one.version]
    return [*facts, *versions]


def _ratios(comparison: Comparison) -> str:
    head = (
        "",
        *(f"{one.name} {one.version}" for one in comparison.contenders if one.key in {"v3", "v2"}),
        "target",
        "reached",
        "CPU beside distribution",
    )
    rows = [
        (
            row.scenario.title,
            times(row.ratio("v3")),
            times(row.ratio("v2")),
            _target(row),
            "yes" if row.ratio("v3") >= row.scenario.target else "**no**",
            times(row.cpu_ratio("v3")),
        )
        for row in comparison.rows
    ]
    told = (
        f"How many times as much Longshore does in the same time ({comparison.rounds} rounds of"
        f" {comparison.seconds:g} s; {comparison.compared} replies compared by digest):\n\n"
    )
    notes = [
        f"\n{row.scenario.title}: {row.scenario.note}\n"
        for row in comparison.rows
        if row.scenario.note and row.ratio("v3") < row.scenario.target
    ]
    return told + table(head, rows) + "".join(notes)


def _target(row: Row) -> str:
    aim = f", aim {row.scenario.aim:g}" if row.scenario.aim else ""
    return f">= {row.scenario.target:g} x distribution{aim}"


def _generator(comparison: Comparison) -> str:
    told = (
        "The generator runs on the same cores. What it reaches against a server that does nothing"
        " but answer with as many bytes, beside what it reaches against Longshore in the same"
        " rounds:\n\n"
    )
    rows = [
        (
            row.scenario.title,
            times(row.ratio("longshore", "nothing")),
            f"{row.share():.0%}",
        )
        for row in comparison.rows
    ]
    head = ("", "the generator alone", "its share of all cores, against Longshore")
    return told + table(head, rows)


def _start_and_memory(comparison: Comparison) -> str:
    rows = []
    for one in comparison.contenders:
        if one.key == "nothing":
            continue
        memory = comparison.memory.get(one.key, [])
        rows.append(
            (
                f"{one.name} {one.version}",
                f"{median(comparison.starts[one.key]):.2f} s",
                ", ".join(f"{size / 1024**2:.0f}" for size in memory) or "not measured",
            )
        )
    head = ("", "start to first reply", "MiB resident of each process after the mix")
    return table(head, rows) + _memory_verdict(comparison)


def _memory_verdict(comparison: Comparison) -> str:
    if not comparison.memory:
        return ""
    verdict = "reached" if comparison.memory["longshore"][0] <= MEMORY_TARGET else "**not** reached"
    return f"\nTarget: at most {MEMORY_TARGET / 1024**2:.0f} MiB for each process; {verdict}.\n"
