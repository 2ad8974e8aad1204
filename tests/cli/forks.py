"""Processes of the program that begin where its imports end, which are most of what it takes.

One process has imported everything. For each call it forks another, which gets its own folder,
environment and files, runs the program as `python -m longshore` does, and ends as that does. It
knows what a call is given and how it ended; nothing of what is called.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import longshore

ROOT = Path(__file__).parents[2]
LARGEST = 65536  # bytes of a call: words, folder and environment


class Forks:
    """The process that has imported everything, and what it is asked."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._calls, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
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
        self._calls.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _ask(self, call: bytes, files: Sequence[int], wait: float) -> int | None:
        """Answers the exit code, or None if it takes too long."""
        ended, end = os.pipe()
        try:
            try:
                socket.send_fds(self._calls, [call], [*files, end])
            finally:
                os.close(end)
            ready, _, _ = select.select([ended], [], [], wait)
            return int(os.read(ended, 16)) if ready else None
        finally:
            os.close(ended)


def _file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="")


@functools.cache
def forks(*environ: tuple[str, str]) -> Forks:
    """The one of this run of the tests, whose processes have this in their environment."""
    found = Forks(dict(environ))
    atexit.register(found.close)
    return found


def _import_everything() -> None:
    for module in pkgutil.walk_packages(longshore.__path__, "longshore."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("typer.rich_utils")  # which shows help, and is imported for that alone
    gc.freeze()


def _take(calls: socket.socket) -> None:
    """Fork a process for each call: only there it returns, ready to run the program."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        call, files, _, _ = socket.recv_fds(calls, LARGEST, 4)
        if not call:
            os._exit(0)
        if os.fork() == 0:
            calls.close()
            _keep(call, files)
            return
        for file in files:
            os.close(file)


def _keep(call: bytes, files: list[int]) -> None:
    """Fork the process that runs the program, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *standard, end = files
    if pid := os.fork():
        _, status = os.waitpid(pid, 0)
        os.write(end, str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    for number, file in enumerate(standard):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    words, folder, environ = json.loads(call)
    sys.argv = ["longshore", *words]
    os.chdir(folder)
    os.environ.update(environ)


if __name__ == "__main__":
    _import_everything()
    _take(socket.socket(fileno=int(sys.argv[1])))
    from longshore.cli.main import main

    main()
