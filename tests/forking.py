"""The process that has imported everything, and forks another for each call.

A call is a connection: words, folder and environment come over it, with the three files; which
process it is and how that ended go back. A fork runs the program as `python -m longshore` does, in
a process group of its own. It is killed when its caller is gone; all end with whoever holds the
other end of standard input. Nothing here knows what is called.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import time
from typing import NamedTuple, NoReturn

import longshore

LARGEST = 131072  # bytes of a call: words, folder and environment
LATE = (  # what modules import when they are first used
    "httpcore",
    "multiprocessing.popen_fork",
    "rich._emoji_codes",
    "typer._adapters",
    "typer._click._textwrap",
    "typer._click.decorators",
    "typer.rich_utils",
)


class Fork(NamedTuple):
    """A process that runs the program, and who called for it."""

    connection: socket.socket
    pid: int
    process: int  # the same, as a file that can be read from when it has ended

    def attend(self, ready: list[object]) -> bool:
        """Do what is due; answers whether the process has ended."""
        if self.process in ready:
            _, status = os.waitpid(self.pid, 0)
            _tell(self.connection, os.waitstatus_to_exitcode(status))
            self.close()
            return True
        if self.connection in ready:
            [number] = _heard(self.connection)[0] or [signal.SIGKILL]
            # A terminal's Ctrl-C is for the whole group, and so is an end that nobody may survive.
            (os.kill if number == signal.SIGTERM else os.killpg)(self.pid, number)
        return False

    def close(self) -> None:
        self.connection.close()
        os.close(self.process)


def import_everything() -> None:
    gc.disable()  # what it would free leaves holes in pages that are shared as long as none writes
    for module in pkgutil.walk_packages(longshore.__path__, "longshore."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in LATE:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()


def take(calls: socket.socket) -> None:
    """Fork a process for each call: only there it returns, ready to run the program."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who started this may ignore it
    forks: list[Fork] = []
    while True:
        ends = [fork.process for fork in forks]
        callers = [fork.connection for fork in forks]
        ready, _, _ = select.select([calls, sys.stdin, *ends, *callers], [], [])
        if sys.stdin in ready:
            _end(forks)
        forks = [fork for fork in forks if not fork.attend(ready)]
        if calls not in ready:
            continue
        connection, _ = calls.accept()
        call, files = _heard(connection)
        if not call:  # who called was gone before it said what for
            connection.close()
        elif pid := os.fork():
            forks.append(_begun(connection, pid, files))
        else:
            for fork in forks:
                fork.close()
            connection.close()
            calls.close()
            return _begin(call, files)


def _end(forks: list[Fork]) -> NoReturn:
    for fork in forks:
        os.killpg(fork.pid, signal.SIGKILL)
    os._exit(0)


def _heard(connection: socket.socket) -> tuple[bytes, list[int]]:
    """What the caller says, with its files; nothing if it is gone."""
    with contextlib.suppress(ConnectionResetError):
        said, files, _, _ = socket.recv_fds(connection, LARGEST, 3)
        return said, files
    return b"", []


def _tell(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):
        connection.send(str(number).encode())


def _begun(connection: socket.socket, pid: int, files: list[int]) -> Fork:
    for file in files:
        os.close(file)
    with contextlib.suppress(OSError):  # it may have ended
        os.setpgid(pid, pid)
    _tell(connection, pid)
    return Fork(connection, pid, os.pidfd_open(pid))


def _begin(call: bytes, files: list[int]) -> None:
    """Be what was called for."""
    os.setpgid(0, 0)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    words, folder, environ = json.loads(call)
    sys.argv = ["longshore", *words]
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()  # was read for this process; a new one would read it now


if __name__ == "__main__":
    import_everything()
    take(socket.socket(fileno=int(sys.argv[1])))
    from longshore.cli.main import main

    main()
