"""What it costs to ask who calls: pulls with a password and with a token beside pulls without
accounts, and pulls while somebody guesses passwords.

Decides how hard somebody guesses: as fast as the target says, from the same address as those who
pull, so that nothing but their proofs tells them apart.
"""

from __future__ import annotations

import base64
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx

from benchmarks.contenders import longshore_in
from benchmarks.content import REPOSITORY, Item, Pushed
from benchmarks.generator import Load, Operation, Result, run
from benchmarks.processes import Process
from benchmarks.scenarios import CLIENTS, pull
from benchmarks.tables import table, times

SHARE = 0.7  # of the rate without accounts
SLOWER = 2.0  # the 99th percentile while somebody guesses, beside that of before
GUESSES = 1000.0  # a second
RATE = 500.0  # pulls a second meanwhile
NAME, PASSWORD = "bench", "not a secret, but long enough"
BASIC, BEARER = "a name and a password", "a token"


@dataclass
class Access:
    """Rates beside that of a server without accounts, and 99th percentiles in milliseconds."""

    rates: dict[str, list[float]] = field(default_factory=dict)
    quiet: list[float] = field(default_factory=list)
    guessed: list[float] = field(default_factory=list)
    guesses: float = 0.0  # a second, that were answered

    def text(self) -> str:
        """The chapter of the report."""
        rows = [
            (f"with {proof}", times(median(ratios)), f">= {SHARE:g} x", _said(ratios))
            for proof, ratios in self.rates.items()
        ]
        ratio = median(self.guessed) / median(self.quiet)
        reached = "yes" if ratio <= SLOWER else "**no**"
        return (
            "Manifests by tag, pulled from a server with accounts, beside one without any:\n\n"
            + table(("", "manifest GET", "target", "reached"), rows)
            + f"\nThe 99th percentile of {RATE:g} pulls a second while somebody guesses"
            f" {self.guesses:,.0f} passwords a second from the same address, beside that of before:"
            f" {times(ratio)}. Target: at most {SLOWER:g} x; reached: {reached}.\n"
        )


def _said(ratios: list[float]) -> str:
    return "yes" if median(ratios) >= SHARE else "**no**"


def measure(folder: Path, rounds: int, seconds: float) -> Access:
    """Pull in turns from two servers with the same content, of which one has accounts."""
    folder.mkdir()
    pushed, result = Pushed(), Access()
    with ExitStack() as stack:
        plain, secured = (
            stack.enter_context(longshore_in(folder / key, ready="/healthz"))
            for key in ("plain", "secured")
        )
        for server in (plain, secured):
            pushed.push(server.host)
        _add_account(folder / "secured")
        item = pushed.content.by_tag
        proofs = _proofs(secured)
        for _ in range(rounds):
            usual = _pull(plain, seconds, item, "").rate
            for proof, header in proofs.items():
                rate = _pull(secured, seconds, item, header).rate
                result.rates.setdefault(proof, []).append(rate / usual)
        for _ in range(rounds):
            _guess(secured, seconds, item, proofs[BEARER], result)
    return result


def _add_account(folder: Path) -> None:
    command = [sys.executable, "-m", "longshore", "user", "add", NAME, "--password-stdin"]
    command += ["--grant", f"{REPOSITORY}:pull", "--root", str(folder)]
    subprocess.run(command, input=PASSWORD.encode(), check=True, stdout=subprocess.DEVNULL)


def _proofs(server: Process) -> dict[str, str]:
    """What goes into the Authorization header."""
    scope = {"scope": f"repository:{REPOSITORY}:pull"}
    answer = httpx.get(f"http://{server.host}/token", params=scope, auth=(NAME, PASSWORD))
    token = answer.raise_for_status().json()["token"]
    encoded = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
    return {BASIC: f"Basic {encoded}", BEARER: f"Bearer {token}"}


def _pull(
    server: Process, seconds: float, item: Item, authorization: str, rate: float = 0
) -> Result:
    operation = pull(item, "get", authorization=authorization)
    return run(server.host, Load(CLIENTS, seconds, rate=rate, compare=False), [operation])


def _guess(server: Process, seconds: float, item: Item, authorization: str, result: Access) -> None:
    """Time pulls before and while somebody guesses."""
    before = _pull(server, seconds, item, authorization, RATE)
    result.quiet.append(before.latency["read"].p99)
    guess = Operation(name="guess", kind="guess", path="/v2/")
    load = Load(CLIENTS, 2 * seconds, rate=GUESSES, compare=False)
    with ThreadPoolExecutor(1) as pool:
        guessing = pool.submit(run, server.host, load, [guess])
        meanwhile = _pull(server, seconds, item, authorization, RATE)
        result.guesses = guessing.result().rate
    result.guessed.append(meanwhile.latency["read"].p99)
