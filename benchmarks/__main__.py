"""The command: `python -m benchmarks`. Everything, and the page is written; or a part, and it is
printed.

Decides what runs, in which order and for how long, and where the data is meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import access, agents, generator
from benchmarks.collection import collect
from benchmarks.comparison import Comparison, compare, serving
from benchmarks.contenders import Missing, contenders
from benchmarks.growth import grow
from benchmarks.machine import machine, runtimes
from benchmarks.report import Parts, render
from benchmarks.scenarios import SCENARIOS

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
GROWTH, COLLECTION, ACCESS, AGENTS = "growth", "collection", "access", "agents"
COPIES = "\n## Copies and pushes\n"
ROUNDS, SECONDS = 5, 1.5


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 2 if a program is missing."""
    asked = _parser().parse_args(arguments)
    wanted = set(asked.only or [])
    if asked.growth:
        wanted |= {GROWTH, COLLECTION}
    try:
        with tempfile.TemporaryDirectory(prefix="longshore-bench-") as folder:
            page = _run(Path(folder), wanted, asked.rounds, asked.seconds)
            if asked.write or not wanted:
                PAGE.write_text(page + _copies(PAGE.read_text()))
            print(page, flush=True)  # now: it takes a while to remove the folder
    except Missing as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def _copies(page: str) -> str:
    """What the page says of copies: `benchmarks.copying` measures them, for itself."""
    _, heading, section = page.partition(COPIES)
    return heading + section


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    names = [*(scenario.key for scenario in SCENARIOS), GROWTH, COLLECTION, ACCESS, AGENTS]
    parser.add_argument("--only", action="append", choices=names, help="this, and not the others")
    parser.add_argument("--growth", action="store_true", help="only growth and collection")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of a round")
    parser.add_argument("--write", action="store_true", help=f"a partial {PAGE.name}, too")
    return parser


def _run(folder: Path, wanted: set[str], rounds: int, seconds: float) -> str:
    """The page, of everything or of what is wanted."""
    generator.build()
    growth, collection, accounts = None, None, None
    facts = [*machine(folder), *runtimes()]
    comparison = _compare(folder, wanted, rounds, seconds)
    if not wanted or GROWTH in wanted:
        growth = grow(folder / GROWTH, rounds, seconds)
    if not wanted or COLLECTION in wanted:
        collection = collect(folder / COLLECTION, rounds, seconds)
    if not wanted or ACCESS in wanted:
        accounts = access.measure(folder / ACCESS, rounds, seconds)
    fleet = None
    if not wanted or AGENTS in wanted:
        fleet = agents.measure(folder / AGENTS, rounds, seconds)
    return render(comparison, Parts(growth, collection, accounts, fleet), facts)


def _compare(folder: Path, wanted: set[str], rounds: int, seconds: float) -> Comparison:
    chosen = [scenario for scenario in SCENARIOS if not wanted or scenario.key in wanted]
    competitors = contenders()
    if not chosen:
        return Comparison(competitors, rounds, seconds)
    with serving(competitors, folder) as servers:
        return compare(servers, chosen, rounds, seconds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
