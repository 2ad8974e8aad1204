"""Finds the programs that the client tests drive, and runs them.

tools.txt is the one list of what they are and how they are installed.
A missing program skips the test and names the line that brings it; in CI it fails the test.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

TABLE = Path(__file__).with_name("tools.txt")
PATIENCE = 180  # seconds until a program counts as hung


@dataclass(frozen=True)
class Tool:
    """One row of the table."""

    kind: str
    program: str
    package: str
    flags: str

    @property
    def path(self) -> Path:
        # Debian's rows name the whole path, and stay as they are under `/`.
        return go_programs() / self.program

    @property
    def line(self) -> str:
        """Return the shell line that installs it."""
        if self.kind == "apt":
            return f"apt-get install --no-install-recommends {self.package}"
        if self.kind == "mod":
            return ".ci/install"
        words = f"GOBIN={go_programs()} go install {self.flags} {self.package}"
        return " ".join(words.split())


def go_programs() -> Path:
    """Return the folder of the Go programs; LONGSHORE_TOOLS names another."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("LONGSHORE_TOOLS") or Path(cache, "longshore", "tools"))


def table() -> dict[str, Tool]:
    """Return what tools.txt lists, by program."""
    tools = {}
    for row in TABLE.read_text().splitlines():
        kind, program, package, *flags = [*row.partition("#")[0].split(), "", "", ""][:4]
        if kind and program != "-":
            tools[program] = Tool(kind, program, package, "".join(flags))
    return tools


def tool(program: str) -> Path:
    """Return where a program of the table is, or skip the test that needs it."""
    wanted = table()[program]
    if not os.access(wanted.path, os.X_OK):
        unavailable(f"{program} is missing: {wanted.line}  (all of them: .ci/install)")
    return wanted.path


def unavailable(reason: str) -> NoReturn:
    """Skip the test; in CI, where nothing may be missing, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def run(
    program: Path,
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    given: bytes | None = None,
) -> str:
    """Run a program to its end and return what it printed; a failure shows all of it."""
    ended = _end(program, *arguments, environment=environment, given=given)
    if ended.returncode:
        command = " ".join(map(str, [program, *arguments]))
        raise AssertionError(f"{command}\nended with {ended.returncode}:\n{_said(ended)}")
    return ended.stdout.decode()


def fail(
    program: Path,
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    given: bytes | None = None,
) -> str:
    """Run a program that is to fail, and return all that it said."""
    ended = _end(program, *arguments, environment=environment, given=given)
    assert ended.returncode, f"{program} did what it should not:\n{_said(ended)}"
    return _said(ended)


def _end(
    program: Path,
    *arguments: str | Path,
    environment: Mapping[str, str] | None,
    given: bytes | None,
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [program, *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, **(environment or {})},
        timeout=PATIENCE,
        check=False,
    )


def _said(ended: subprocess.CompletedProcess[bytes]) -> str:
    return (ended.stdout + ended.stderr).decode(errors="replace")


@dataclass(frozen=True)
class Cli:
    """A program of the table with the environment and the options of all its runs."""

    program: str
    environment: Mapping[str, str]
    options: tuple[str | Path, ...] = ()

    def __call__(self, *arguments: str | Path, given: bytes | None = None) -> str:
        command = tool(self.program)
        said = run(command, *self.options, *arguments, environment=self.environment, given=given)
        return said.strip()

    def fail(self, *arguments: str | Path, given: bytes | None = None) -> str:
        """Run it where it is to fail, and return all that it said."""
        command = tool(self.program)
        return fail(command, *self.options, *arguments, environment=self.environment, given=given)
