"""Copies between two registries, and pushes of a layout, beside other clients.

`python -m benchmarks.copying` prints ratios of wall-clock time. Decides the images, that every run
has a target with nothing in it, so that nobody gains by what another has copied, and that who comes
first in a round comes last in the next.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.contenders import TOOLS, Contender, contenders
from benchmarks.processes import Process
from benchmarks.tables import table, times

ROUNDS = 11
LAYERS = 5
LAYER, SMALL_LAYER = 100_000_000, 2_000_000  # bytes
IMAGE = "application/vnd.oci.image"
NAME = "team/application"

Command = Callable[[str, str], list[str]]

LONGSHORE = [str(Path(sys.executable).with_name("longshore"))]  # as people call it
CRANE = str(TOOLS / "crane")
COPIES: dict[str, Command] = {
    "longshore copy": lambda a, b: [*LONGSHORE, "copy", f"{a}/{NAME}:1.0", f"{b}/{NAME}:1.0"],
    "crane cp": lambda a, b: [CRANE, "cp", f"{a}/{NAME}:1.0", f"{b}/{NAME}:1.0"],
    "skopeo copy": lambda a, b: [
        *("skopeo", "--insecure-policy", "copy", "--all"),
        *("--src-tls-verify=false", "--dest-tls-verify=false"),
        *(f"docker://{a}/{NAME}:1.0", f"docker://{b}/{NAME}:1.0"),
    ],
}
PUSHES: dict[str, Command] = {
    "longshore push": lambda layout, b: [*LONGSHORE, "push", layout, f"{b}/{NAME}:1.0"],
    "crane push": lambda layout, b: [CRANE, "push", layout, f"{b}/{NAME}:1.0"],
}


def main() -> None:
    """Compare on each server, and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks.copying", description=__doc__)
    parser.add_argument("--only", choices=("copies", "pushes"), help="these, and not the others")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default: %(default)s")
    asked = parser.parse_args()
    # As wherever it is installed: nobody's program is translated anew each time it starts.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="longshore-copying-") as folder:
        for contender in contenders():
            if contender.key not in {"longshore", "v3"}:
                continue
            bench = Bench(contender, Path(folder), asked.rounds)
            rows += [] if asked.only == "pushes" else bench.copies()
            rows += [] if asked.only == "copies" else bench.pushes()
    print(table(("registry", "", "seconds", "Longshore in comparison", "half of the rounds"), rows))


@dataclass(frozen=True)
class Bench:
    """One server, and where its data and what goes to it are meanwhile."""

    contender: Contender
    folder: Path
    rounds: int

    def copies(self) -> list[list[str]]:
        """Rows of the table, for copies between two of these servers."""
        source = self.contender.process(self.folder / "source")
        source.start()
        try:
            layout = self._layout(LAYER)
            subprocess.run(PUSHES["longshore push"](layout, source.host), check=True)
            return self._rows("", self._measure(COPIES, source.host))
        finally:
            source.stop()
            shutil.rmtree(self.folder / "source")

    def pushes(self) -> list[list[str]]:
        """Rows of the table, for pushes of a large layout and of a small one."""
        rows: list[list[str]] = []
        for layer in (LAYER, SMALL_LAYER):
            size = f", {LAYERS * layer // 1_000_000} MB"
            rows += self._rows(size, self._measure(PUSHES, self._layout(layer)))
        return rows

    def _layout(self, layer: int) -> str:
        path = self.folder / f"layout-{layer}"
        if not path.exists():
            write_layout(path, layer)
        return str(path)

    def _rows(self, size: str, timed: dict[str, list[float]]) -> list[list[str]]:
        mine = next(iter(timed.values()))
        name = f"{self.contender.name} {self.contender.version}"
        return [
            [name, f"{command}{size}", f"{median(taken):.2f}", *compared(taken, mine)]
            for command, taken in timed.items()
        ]

    def _measure(self, commands: dict[str, Command], origin: str) -> dict[str, list[float]]:
        """Seconds of each command in each round; they take turns."""
        timed: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(self.rounds):
            for name in list(commands)[:: -1 if number % 2 else 1]:
                target = self.contender.process(self.folder / "target")
                target.start()
                try:
                    timed[name].append(run(commands[name](origin, target.host), target))
                finally:
                    target.stop()
                    shutil.rmtree(self.folder / "target")
        return timed


def compared(others: list[float], mine: list[float]) -> tuple[str, str]:
    """How many times as long as Longshore, in the median round and in the half around it."""
    ratios = sorted(one / two for one, two in zip(others, mine, strict=True))
    quarter = len(ratios) // 4
    return times(median(ratios)), f"{times(ratios[quarter])} to {times(ratios[-1 - quarter])}"


def run(command: list[str], target: Process) -> float:
    os.sync()  # nobody pays for what another has left to write
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False)
    taken = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(f"{command} at {target.host}: {done.stderr.decode()}")
    return taken


def write_layout(path: Path, layer: int) -> None:
    """An OCI layout of one image, whose layers do not compress."""
    (path / "blobs" / "sha256").mkdir(parents=True)
    layers = [_blob(path, f"{IMAGE}.layer.v1.tar", os.urandom(layer)) for _ in range(LAYERS)]
    rootfs = {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}
    described = _blob(path, f"{IMAGE}.config.v1+json", json.dumps(config).encode())
    media_type = f"{IMAGE}.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": described, "layers": layers}
    root = _blob(path, media_type, json.dumps(manifest).encode())
    index = {"schemaVersion": 2, "manifests": [root]}
    (path / "index.json").write_text(json.dumps(index))
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def _blob(path: Path, media_type: str, content: bytes) -> dict[str, object]:
    digest = hashlib.sha256(content).hexdigest()
    (path / "blobs" / "sha256" / digest).write_bytes(content)
    return {"mediaType": media_type, "size": len(content), "digest": f"sha256:{digest}"}


if __name__ == "__main__":
    main()
