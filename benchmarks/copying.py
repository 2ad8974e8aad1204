"""Copies between two registries, and pushes of a layout, beside other clients.

`python -m benchmarks.copying` prints ratios of wall-clock time. Decides the image, and that every
run has a target with nothing in it: nobody gains by what another has copied.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.contenders import TOOLS, Contender, contenders
from benchmarks.processes import Process
from benchmarks.tables import table, times

ROUNDS = 5
LAYERS, LAYER = 5, 100_000_000  # bytes
IMAGE = "application/vnd.oci.image"
NAME = "team/application"

Command = Callable[[str, str], list[str]]

LONGSHORE = [sys.executable, "-m", "longshore"]
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
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="longshore-copying-") as folder:
        layout = Path(folder, "layout")
        write_layout(layout)
        for contender in contenders():
            if contender.key in {"longshore", "v3"}:
                rows += compare(contender, Path(folder), layout)
    print(table(("registries", "", "seconds", "Longshore in comparison"), rows))


def compare(contender: Contender, folder: Path, layout: Path) -> list[list[str]]:
    """Rows of the table, for copies between two of these servers and for pushes."""
    source = contender.process(folder / "source")
    source.start()
    try:
        subprocess.run(PUSHES["longshore push"](str(layout), source.host), check=True)
        copied = measure(contender, folder, COPIES, source.host)
    finally:
        source.stop()
        shutil.rmtree(folder / "source")
    pushed = measure(contender, folder, PUSHES, str(layout))
    return [
        [contender.name, name, f"{median(taken):.2f}", times(ratio(taken, mine))]
        for timed in (copied, pushed)
        for mine in [next(iter(timed.values()))]
        for name, taken in timed.items()
    ]


def ratio(others: list[float], mine: list[float]) -> float:
    """How many times as long as Longshore, in the median round."""
    return median(one / two for one, two in zip(others, mine, strict=True))


def measure(
    contender: Contender, folder: Path, commands: dict[str, Command], origin: str
) -> dict[str, list[float]]:
    """Seconds of each command in each round; they take turns."""
    timed: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            target = contender.process(folder / "target")
            target.start()
            try:
                timed[name].append(run(command(origin, target.host), target))
            finally:
                target.stop()
                shutil.rmtree(folder / "target")
    return timed


def run(command: list[str], target: Process) -> float:
    os.sync()  # nobody pays for what another has left to write
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False)
    taken = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(f"{command} at {target.host}: {done.stderr.decode()}")
    return taken


def write_layout(path: Path) -> None:
    """An OCI layout of one image, whose layers do not compress."""
    (path / "blobs" / "sha256").mkdir(parents=True)
    layers = [_blob(path, f"{IMAGE}.layer.v1.tar", os.urandom(LAYER)) for _ in range(LAYERS)]
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
