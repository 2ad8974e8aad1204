"""The load generator, a Go program in `load/`: what it is asked to do, and what it answers.

Decides where the program is built. Knows no server: an operation has a path and an expected
length, and whoever makes the plan knows what they mean.
"""

from __future__ import annotations

import itertools
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

SOURCE = Path(__file__).parent / "load"
PROGRAM = Path("~/.cache/longshore/load").expanduser()
NO_RUN = 90.0  # seconds beyond its own time after which a run counts as hung

_seeds = itertools.count(time.time_ns())


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A read (`get`, `head`) of a path, or a push (`blob`, `image`) of blobs of these sizes.

    A blob is streamed, or with `whole` sent in one request. A `guess` is a read with a wrong
    password, another one each time, that has to be refused.
    """

    name: str
    kind: str
    weight: int = 1
    path: str = ""
    accept: str = ""
    authorization: str = ""
    length: int = -1
    sha256: str = ""
    repository: str = ""
    sizes: tuple[int, ...] = ()
    whole: bool = False


class Timing(msgspec.Struct, frozen=True):
    """Of the operations of one name, in milliseconds."""

    count: int
    p50: float
    p99: float


class Result(msgspec.Struct, frozen=True):
    """What one run measured; `compared` replies had the bytes of their digest."""

    operations: int
    errors: int
    first_error: str
    compared: int
    received: int
    sent: int
    seconds: float
    cpu_seconds: float
    latency: dict[str, Timing]

    @property
    def rate(self) -> float:
        return self.operations / self.seconds


class WrongReply(Exception):
    """A server answered something else than what was asked for: there is nothing to compare."""


@dataclass(frozen=True)
class Load:
    """How hard a server is asked: this many at once, for a time, or until the limit.

    With a rate, so many a second in all; the time of each then counts from when it was due.
    """

    connections: int
    seconds: float
    limit: int = 0
    rate: float = 0
    compare: bool = True  # content with digests, once the clock has stopped


def build() -> None:
    """Build the program; at once if it is up to date."""
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    command = ["go", "build", "-trimpath", "-o", str(PROGRAM), "."]
    subprocess.run(command, cwd=SOURCE, check=True)


def run(address: str, load: Load, operations: list[Operation]) -> Result:
    """Do the operations by their weights; raises WrongReply."""
    plan = {
        "address": address,
        "connections": load.connections,
        "seconds": load.seconds,
        "limit": load.limit,
        "rate": load.rate,
        "seed": next(_seeds),
        "compare": load.compare,
        "operations": operations,
    }
    done = subprocess.run(
        [str(PROGRAM), "run"],
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        check=True,
        timeout=load.seconds + NO_RUN,
    )
    result = msgspec.json.decode(done.stdout, type=Result)
    if result.errors:
        raise WrongReply(f"{result.errors} errors at {address}, the first: {result.first_error}")
    return result
