"""The servers that are compared, each as its makers ship it: files in a folder, no accounts.

Decides the command line, the configuration and the version of each. The configuration of the two
others is the one in their packages, with the folder and the address of this run; their logs go
to a file, as Longshore's do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import longshore
from benchmarks.generator import PROGRAM
from benchmarks.processes import Process
from tests.processes import HOST, free_port

TOOLS = Path(os.environ.get("LONGSHORE_TOOLS") or "~/.cache/longshore/tools").expanduser()

_CONFIGURATION = """\
version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: {folder}
  delete:
    enabled: true
http:
  addr: {address}
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
"""


class Missing(Exception):
    """A program that the comparison needs is not installed."""


@dataclass(frozen=True)
class Contender:
    """A server to compare: `process` makes one that keeps its data in the folder."""

    key: str
    name: str
    version: str
    process: Callable[[Path], Process]


def contenders() -> list[Contender]:
    """Longshore, the two it is compared with, and the server that does nothing."""
    debian, upstream = _program("docker-registry"), _program("registry")
    return [
        Contender("longshore", "Longshore", longshore.__version__, longshore_in),
        Contender("v3", "distribution", _version(upstream), lambda at: _registry(upstream, at)),
        Contender("v2", "registry", _version(debian), lambda at: _registry(debian, at)),
        Contender("nothing", "a server that does nothing", "", _nothing),
    ]


def longshore_in(folder: Path, *options: str, ready: str = "/v2/") -> Process:
    """Longshore with its defaults, or what the options say."""
    port = free_port()
    command = [sys.executable, "-m", "longshore", "serve", "--root", str(folder)]
    command += ["--listen", f"{HOST}:{port}", *options]
    return Process(command, port, folder.with_suffix(".log"), ready=ready)


def _registry(program: str, folder: Path) -> Process:
    port = free_port()
    file = folder.with_suffix(".yml")
    file.write_text(_CONFIGURATION.format(folder=folder, address=f"{HOST}:{port}"))
    # As in the image that its makers publish: traces go nowhere.
    environment = {"OTEL_TRACES_EXPORTER": "none"}
    command = [program, "serve", str(file)]
    return Process(command, port, folder.with_suffix(".log"), ready="/v2/", environment=environment)


def _nothing(folder: Path) -> Process:
    port = free_port()
    command = [str(PROGRAM), "serve", f"{HOST}:{port}"]
    return Process(command, port, folder.with_suffix(".log"), ready="/0")


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{TOOLS}:{os.environ['PATH']}")
    if found is None:
        raise Missing(f"{name} is not installed: run .ci/install")
    return found


def _version(program: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    match = re.search(r"v?([0-9]+\.[0-9]+\.[0-9]+)", said.stdout)
    return match[1] if match else said.stdout.strip()
