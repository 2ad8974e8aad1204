"""The program `longshore` as a process of its own, with nothing of the tests' environment."""

import subprocess
import sys

WIDE = {"COLUMNS": "200", "PATH": "/usr/bin:/bin"}


def longshore(
    *arguments: str, given: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; `given` is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "longshore", *arguments],
        env=WIDE | environ,
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
