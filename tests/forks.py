"""Processes of the program that begin where its imports end, which are most of what it takes.

Tests call them here, and shells by a program `longshore` that takes the place of the installed one.
It knows what a call is given and how it ended; nothing of what is called, nor of how
`tests/forking.py` forks.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests import caller

ROOT = Path(__file__).parents[1]
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
                [sys.executable, "-m", "tests.forking", str(calls.fileno())],
                cwd=ROOT,
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[calls.fileno()],
                start_new_session=True,
            )

    def begin(
        self, words: Sequence[str], folder: Path, environ: Mapping[str, str], files: Sequence[int]
    ) -> Fork:
        """Run the program in that folder, with these for standard input, output and errors."""
        return Fork(self._address, json.dumps([list(words), str(folder), dict(environ)]), files)

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        given: str,
        wait: float,
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end; raises TimeoutExpired after so many seconds."""
        with tempfile.TemporaryFile() as read, _file() as printed, _file() as said:
            read.write(given.encode())
            read.seek(0)
            files = [read.fileno(), printed.fileno(), said.fileno()]
            with contextlib.closing(self.begin(words, folder, environ, files)) as fork:
                code = fork.wait(wait)
            printed.seek(0)
            said.seek(0)
            return subprocess.CompletedProcess(list(words), code, printed.read(), said.read())

    def close(self) -> None:
        """End it, and with it whatever hangs."""
        self._process.communicate()
        shutil.rmtree(self.programs)


class Fork:
    """A process of the program, as `subprocess.Popen` shows one; closed, it is killed."""

    def __init__(self, address: str, call: str, files: Sequence[int]) -> None:
        self._call = call
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._connection.connect(address)
        socket.send_fds(self._connection, [call.encode()], files)
        self.pid = int(self._connection.recv(16))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self.returncode = int(self._connection.recv(16))
            self.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            select.select([self._connection], [], [], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._call, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def close(self) -> None:
        self._connection.close()


def _file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="")


@functools.cache
def forks() -> Forks:
    """The one of this run of the tests."""
    found = Forks()
    atexit.register(found.close)
    return found
