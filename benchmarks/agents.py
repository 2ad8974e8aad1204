"""Agents: hundreds wait at one server for what they are to run, and others pull meanwhile.

Decides what is asked of that: how soon a tag's move is known everywhere, what it costs that nothing
happens, and what it costs those who pull.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.contenders import longshore_in
from benchmarks.content import Pushed, put
from benchmarks.fleet import Fleet
from benchmarks.generator import Load, run
from benchmarks.processes import Process
from benchmarks.scenarios import CLIENTS, pull
from benchmarks.tables import table, times
from longshore.client.management import of_application
from longshore.server import local
from longshore.server.config import Settings

ENVIRONMENTS, HOSTS = 50, 10  # of each
SHARED = "shared"  # an image that all environments run, beside one of their own
MOVES = 10  # of the tag of that
TAG = "live"
INDEX = "application/vnd.oci.image.index.v1+json"
RATE = 500.0  # pulls a second
IDLE = 60.0  # seconds: every agent asks again at least once

SOON, IDLE_SHARE, SLOWER = 2.0, 0.05, 1.2  # targets: seconds, of a core, of the 99th percentile
PATIENCE = 30.0  # seconds until a move counts as lost


@dataclass
class Agents:
    """Seconds from a push's reply to the agents; shares of a core; bytes; milliseconds."""

    moves: list[float] = field(default_factory=list)
    shared_moves: list[float] = field(default_factory=list)
    idle: float = 0.0
    idle_without: float = 0.0
    memory: int = 0
    memory_without: int = 0
    quiet: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    sent_away: int = 0

    def text(self) -> str:
        """The chapter of the report."""
        extra = self.idle - self.idle_without
        ratio = median(self.beside) / median(self.quiet)
        megabytes = (self.memory - self.memory_without) / 1e6
        rows = [
            _soon("a push that one environment follows, to its last agent", self.moves),
            _soon("a push that all of them follow, to the last agent of all", self.shared_moves),
            (
                f"CPU while nothing happens ({self.idle_without:.1%} of it without agents)",
                f"{self.idle:.1%} of a core",
                f"< {IDLE_SHARE:.0%}",
                _reached(self.idle < IDLE_SHARE),
            ),
            (
                f"99th percentile of {RATE:g} pulls a second, beside that without agents",
                times(ratio),
                f"<= {SLOWER:g} x",
                _reached(ratio <= SLOWER),
            ),
            ("memory of all processes, beyond that without agents", f"{megabytes:.0f} MB", "", ""),
        ]
        return (
            f"{ENVIRONMENTS * HOSTS} agents of {ENVIRONMENTS} environments, each on a connection of"
            " its own; real ones have a second, on which they wait to be asked for logs, and which"
            " is not in this. Times are from the reply to a push. The agents cost"
            f" {extra:.1%} of a core, and {self.sent_away} of their requests found no room to"
            " wait.\n\n" + table(("", "", "target", "reached"), rows)
        )


def _soon(what: str, moves: list[float]) -> tuple[str, str, str, str]:
    slowest = max(moves)
    told = f"{slowest:.2f} s (median {median(moves):.2f} s)"
    return what, told, f"< {SOON:g} s", _reached(slowest < SOON)


def _reached(is_reached: bool) -> str:
    return "yes" if is_reached else "**no**"


def measure(folder: Path, rounds: int, seconds: float) -> Agents:
    """With agents and without, in turns where that is compared."""
    folder.mkdir()
    names = [f"environment-{number:02}" for number in range(ENVIRONMENTS)]
    result = Agents()
    with ExitStack() as stack:
        server = stack.enter_context(longshore_in(folder / "data", ready="/healthz"))
        pushed = Pushed()
        pushed.push(server.host)
        _declare(folder / "data", names)
        for name in (SHARED, *names):
            _move(server, name, 0)
        result.idle_without = _idle(server, IDLE / 2)
        result.memory_without = sum(server.memory())
        with Fleet(server.host, names, HOSTS) as fleet:
            for number, name in enumerate(names):
                result.moves.append(_told(server, fleet, name, [name], number + 1))
            for number in range(MOVES):
                result.shared_moves.append(_told(server, fleet, SHARED, names, number + 1))
            result.idle = _idle(server, IDLE)
            result.memory = sum(server.memory())
            result.sent_away = fleet.sent_away
        for _ in range(rounds):
            result.quiet.append(_pull(server, seconds, pushed))
            with Fleet(server.host, names, HOSTS):
                result.beside.append(_pull(server, seconds, pushed))
    return result


def _declare(root: Path, names: list[str]) -> None:
    """As somebody does on the machine of the server."""
    declared = [
        {
            "name": name,
            "follow": TAG,
            "services": [
                {"name": "web", "image": f"team/{name}"},
                {"name": "side", "image": f"team/{SHARED}"},
            ],
        }
        for name in names
    ]
    with local.opened(Settings(root=root), may_make=False) as opened:
        management = of_application(opened.app)
        management.ask("PUT", "/environments", {"environments": declared})
        management.close()


def _move(server: Process, name: str, number: int) -> float:
    """Let the tag name another image; answers when the reply had come."""
    image = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [],
        "annotations": {"number": str(number)},
    }
    put(server.host, f"/v2/team/{name}/manifests/{TAG}", json.dumps(image).encode(), INDEX)
    return time.monotonic()


def _told(server: Process, fleet: Fleet, image: str, names: list[str], number: int) -> float:
    """Move the image's tag; answers how long the last agent of these environments waited."""
    known = {name: fleet.known(name) for name in names}
    moved = _move(server, image, number)
    told = [fleet.wait_for(name, known[name] + 1, PATIENCE)[-1] for name in names]
    return max(0.0, max(told) - moved)  # the news may be quicker than the reply


def _idle(server: Process, seconds: float) -> float:
    """Of a core, while nobody asks for anything new."""
    before, started = server.cpu(), time.monotonic()
    time.sleep(seconds)
    return (server.cpu() - before) / (time.monotonic() - started)


def _pull(server: Process, seconds: float, pushed: Pushed) -> float:
    """The 99th percentile, in milliseconds."""
    load = Load(CLIENTS, 2 * seconds, rate=RATE, compare=False)
    return run(server.host, load, [pull(pushed.content.by_tag, "get")]).latency["read"].p99
