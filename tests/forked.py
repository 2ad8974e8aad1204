"""Servers that begin where their imports end, which are most of what a start takes.

One process has imported what a server needs. For each server it forks another, which leads a
session of its own with its own folder, environment and log, and runs the program as
`python -m longshore` does. It knows how a server is begun, and with what code it ended; nothing of
what it does in between.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEEDED = ["longshore.cli.main", "longshore.cli.serve", "longshore.server.serving"]
LARGEST = 131072  # bytes of a call: words, folder and environment


class Forked:
    """A server's first process, as `subprocess.Popen` would show it."""

    def __init__(self, words: Sequence[str], told: int) -> None:
        self._words = words
        self._told = os.fdopen(told, "rb", buffering=0)
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            select.select([self._told], [], [], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(list(self._words), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class Forks:
    """The process that has imported what a server needs, and what it is asked."""

    def __init__(self) -> None:
        self._calls, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def begin(self, words: Sequence[str], environ: Mapping[str, str], log: int) -> Forked:
        """Run the program in this folder; what it writes goes to that file."""
        call = json.dumps([list(words), str(Path.cwd()), dict(environ)]).encode()
        told, tell = os.pipe()
        try:
            socket.send_fds(self._calls, [call], [log, tell])
        finally:
            os.close(tell)
        return Forked(words, told)

    def close(self) -> None:
        self._calls.close()
        self._process.wait()


@functools.cache
def forks() -> Forks:
    """The one of this run of the tests."""
    found = Forks()
    atexit.register(found.close)
    return found


def _take(calls: socket.socket) -> None:
    """Fork a process for each call: only there it returns, ready to run the program."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        call, files, _, _ = socket.recv_fds(calls, LARGEST, 2)
        if not call:
            os._exit(0)
        if os.fork() == 0:
            calls.close()
            _keep(call, *files)
            return
        for file in files:
            os.close(file)


def _keep(call: bytes, log: int, tell: int) -> None:
    """Fork the process that runs the program; tell which it is, and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if pid := os.fork():
        _, status = os.waitpid(pid, 0)
        os.write(tell, b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.setsid()
    os.write(tell, b"%d\n" % os.getpid())
    for number in (1, 2):
        os.dup2(log, number)
    for file in (log, tell):
        os.close(file)
    words, folder, environ = json.loads(call)
    sys.argv = ["longshore", *words]
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()


if __name__ == "__main__":
    for module in NEEDED:
        importlib.import_module(module)
    gc.freeze()
    _take(socket.socket(fileno=int(sys.argv[1])))
    from longshore.cli.main import main

    main()
