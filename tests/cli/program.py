"""The program `longshore` as a process of its own, with nothing of the tests' environment."""

import subprocess
import sys
from pathlib import Path

from tests import leaks

WIDE = {"COLUMNS": "200", "PATH": "/usr/bin:/bin"}


def longshore(
    *arguments: str, given: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; `given` is its standard input."""
    return longshore_in(Path.cwd(), *arguments, given=given, **environ)


def longshore_in(
    folder: Path, *arguments: str, given: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end in that folder."""
    done = subprocess.run(
        [sys.executable, "-m", "longshore", *arguments],
        cwd=folder,
        env=WIDE | environ,
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    leaks.check(done.stderr, "what the command says")
    return done
