"""The machine and the versions that figures belong to, in words for the report.

Decides what of a machine matters here; says nothing that identifies it.
"""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path


def machine(folder: Path) -> list[tuple[str, str]]:
    """Rows of name and value: what the run ran on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    kernel = platform.release().partition("-")[0]
    return [
        ("Processor", f"{_processor()}, {os.cpu_count()} cores, shared with the load generator"),
        ("Memory", f"{pages / 1024**3:.0f} GiB"),
        ("System", f"{platform.system()} {kernel}, data on {_filesystem(folder)}"),
    ]


def runtimes() -> list[tuple[str, str]]:
    """Rows of name and version: what Longshore runs on."""
    go = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True)
    return [
        ("Python", platform.python_version()),
        ("Granian", version("granian")),
        ("SQLite", sqlite3.sqlite_version),
        ("Go (load generator)", go.stdout.strip().removeprefix("go")),
    ]


def _processor() -> str:
    match = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return match[1] if match else platform.machine()


def _filesystem(folder: Path) -> str:
    command = ["findmnt", "--noheadings", "--output", "FSTYPE", "--target", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
