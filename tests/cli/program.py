"""The program `longshore` as a process of its own, with nothing of the tests' environment."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import leaks
from tests.forks import Fork, forks

WIDE = {"COLUMNS": "200", "PATH": "/usr/bin:/bin"}
PATIENCE = 60.0  # seconds until a call counts as hung


def longshore(
    *arguments: str, given: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; `given` is its standard input."""
    return longshore_in(Path.cwd(), *arguments, given=given, **environ)


def longshore_in(
    folder: Path, *arguments: str, given: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end in that folder."""
    done = forks().run(arguments, folder, WIDE | environ, given or "", PATIENCE)
    leaks.check(done.stderr, "what the command says")
    return done


def longshore_begun(
    words: Sequence[str], environ: Mapping[str, str], files: Sequence[int] = ()
) -> Fork:
    """Begin it with these for standard input, output and errors, or with nothing for each."""
    with Path(os.devnull).open("r+") as nothing:
        files = files or [nothing.fileno()] * 3
        return forks().begin(words, Path.cwd(), {**WIDE, **environ}, files)


def longshore_anew(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end, from the first import on."""
    done = subprocess.run(
        [sys.executable, "-m", "longshore", *arguments],
        env=WIDE | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    leaks.check(done.stderr, "what the command says")
    return done
