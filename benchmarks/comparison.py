"""The same asked of every server in turns, and what that says: ratios.

Decides how noise is kept out: servers take turns within a round, a ratio is taken within a
round, and the median of the rounds counts. A wrong reply ends everything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.contenders import Contender
from benchmarks.content import Content, Pushed
from benchmarks.generator import Load, Operation, Result, run
from benchmarks.processes import Process
from benchmarks.scenarios import Scenario, for_nothing

CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Sample:
    """What one server did in one round."""

    rate: float  # operations per second
    cpu: float  # seconds of the server's CPU time for one operation
    share: float  # of all cores that the generator used
    compared: int  # replies whose bytes were compared by digest


@dataclass
class Row:
    """One scenario, and the samples of each server in the order of the rounds."""

    scenario: Scenario
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def ratio(self, other: str, mine: str = "longshore") -> float:
        """How many times as many operations as the other, in the median round."""
        return self._ratio(mine, other, lambda sample: sample.rate)

    def cpu_ratio(self, other: str, mine: str = "longshore") -> float:
        """How many times as much CPU time for an operation as the other."""
        return self._ratio(mine, other, lambda sample: sample.cpu)

    def rate(self, key: str) -> float:
        return median(sample.rate for sample in self.samples[key])

    def share(self, key: str = "longshore") -> float:
        return median(sample.share for sample in self.samples[key])

    def _ratio(self, mine: str, other: str, of: Callable[[Sample], float]) -> float:
        rounds = zip(self.samples[mine], self.samples[other], strict=True)
        return median(of(one) / of(two) for one, two in rounds if of(two))


@dataclass
class Comparison:
    """What the report is made of."""

    contenders: list[Contender]
    rounds: int
    seconds: float
    rows: list[Row] = field(default_factory=list)
    starts: dict[str, list[float]] = field(default_factory=dict)  # seconds
    memory: dict[str, list[int]] = field(default_factory=dict)  # bytes of each process

    @property
    def compared(self) -> int:
        samples = (s for row in self.rows for own in row.samples.values() for s in own)
        return sum(sample.compared for sample in samples)


@dataclass
class Servers:
    """Those that are compared, side by side: whoever is not asked waits."""

    contenders: list[Contender]
    content: Content
    running: dict[str, Process]

    def restart(self, contender: Contender) -> float:
        """Stop it and start it again on what it has; answers the seconds to its first reply."""
        self.running[contender.key].stop()
        return self.running[contender.key].start().startup


@contextmanager
def serving(contenders: list[Contender], folder: Path) -> Iterator[Servers]:
    """Start them all with the same content."""
    pushed = Pushed()
    servers = Servers(contenders, pushed.content, {})
    with ExitStack() as stack:
        for contender in contenders:
            process = stack.enter_context(contender.process(folder / contender.key))
            servers.running[contender.key] = process
            if contender.key != "nothing":
                pushed.push(process.host)
        yield servers


def compare(
    servers: Servers, scenarios: Sequence[Scenario], rounds: int, seconds: float
) -> Comparison:
    """Go through the scenarios, then look at memory and at starts."""
    result = Comparison(servers.contenders, rounds, seconds)
    for scenario in scenarios:
        result.rows.append(_measure(servers, scenario, rounds, seconds))
        if scenario.key == "mix":
            result.memory = {
                contender.key: servers.running[contender.key].memory()
                for contender in servers.contenders
            }
    for _ in range(rounds):
        for contender in servers.contenders:
            result.starts.setdefault(contender.key, []).append(servers.restart(contender))
    return result


def _measure(servers: Servers, scenario: Scenario, rounds: int, seconds: float) -> Row:
    row = Row(scenario)
    operations = scenario.operations(servers.content)
    for _ in range(rounds):
        for contender in servers.contenders:
            os.sync()  # nobody pays for what another has left to write
            process = servers.running[contender.key]
            is_real = contender.key != "nothing"
            load = Load(scenario.connections, seconds, scenario.limit, compare=is_real)
            mine = operations if is_real else for_nothing(operations)
            row.samples.setdefault(contender.key, []).append(_sample(process, load, mine))
    ratios = f"{row.ratio('v3'):.1f} x v3, {row.ratio('v2'):.1f} x v2"
    print(f"{scenario.title}: {ratios}", file=sys.stderr, flush=True)
    return row


def _sample(process: Process, load: Load, operations: list[Operation]) -> Sample:
    before = process.cpu()
    result: Result = run(process.host, load, operations)
    used = process.cpu() - before
    return Sample(
        rate=result.rate,
        cpu=used / max(result.operations, 1),
        share=result.cpu_seconds / result.seconds / CORES,
        compared=result.compared,
    )
