"""Processes of the program that begin where its imports end, which are most of what it takes.

Tests call them here, and shells by a program `longshore` that takes the place of the installed one.
It knows what a call is given and how it ended; nothing of what is called, nor of how
`tests/cli/forking.py` forks.
"""

import atexit
import functools
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.cli import caller

ROOT = Path(__file__).parents[2]
AT_ONCE = 64  # calls that may wait to be taken


class Forks:
    """The process that has imported everything, and what it is asked."""

    def __init__(self) -> None:
        self.programs = Path(tempfile.mkdtemp(prefix="longshore-forks-"))
        """A folder with a program `longshore`, for the path of a shell."""
        program = self.programs / "longshore"
        # Without site-packages it starts in a tenth of the time.
        program.write_text(f"#!{sys.executable} -IS\n{Path(caller.__file__).read_text()}")
        program.chmod(0o755)
        self._address = f"{program}.calls"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as calls:
            calls.bind(self._address)
            calls.listen(AT_ONCE)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.cli.forking", str(calls.fileno())],
                cwd=ROOT,
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[calls.fileno()],
                start_new_session=True,
            )

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        given: str,
        wait: float,
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end; raises TimeoutExpired after so many seconds."""
        call = json.dumps([list(words), str(folder), dict(environ)]).encode()
        with tempfile.TemporaryFile() as read, _file() as printed, _file() as said:
            read.write(given.encode())
            read.seek(0)
            code = self._ask(call, [read.fileno(), printed.fileno(), said.fileno()], wait)
            printed.seek(0)
            said.seek(0)
            if code is None:
                raise subprocess.TimeoutExpired(list(words), wait, printed.read(), said.read())
            return subprocess.CompletedProcess(list(words), code, printed.read(), said.read())

    def close(self) -> None:
        """End it, and with it whatever hangs."""
        self._process.communicate()
        shutil.rmtree(self.programs)

    def _ask(self, call: bytes, files: Sequence[int], wait: float) -> int | None:
        """Answers the exit code, or None if it takes too long, and is killed."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.connect(self._address)
            socket.send_fds(connection, [call], files)
            connection.settimeout(wait)
            try:
                return int(connection.recv(16))
            except TimeoutError:
                return None


def _file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="")


@functools.cache
def forks() -> Forks:
    """The one of this run of the tests."""
    found = Forks()
    atexit.register(found.close)
    return found
