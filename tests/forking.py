"""The process that has imported everything, and forks another for each call.

A call is a connection: words, folder and environment come over it, with the three files; which
process it is and how that ended go back. A fork runs the program as `python -m longshore` does, in
a process group of its own. It is killed when its caller is gone; all end with whoever holds the
other end of standard input. Nothing here knows what is called.
"""

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

import longshore

LARGEST = 131072  # bytes of a call: words, folder and environment


def import_everything() -> None:
    for module in pkgutil.walk_packages(longshore.__path__, "longshore."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("typer.rich_utils")  # which shows help, and is imported for that alone
    gc.freeze()


def take(calls: socket.socket) -> None:
    """Fork a process for each call: only there it returns, ready to run the program."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who started this may ignore it
    while True:
        ready, _, _ = select.select([calls, sys.stdin], [], [])
        if sys.stdin in ready:
            os._exit(0)
        connection, _ = calls.accept()
        with connection:
            if os.fork() == 0:
                calls.close()
                _begin(connection)
                return


def _begin(connection: socket.socket) -> None:
    """Fork the process that runs the program, and attend to it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    call, files, _, _ = socket.recv_fds(connection, LARGEST, 3)
    if not call:  # who called was gone before it said what for
        os._exit(0)
    words, folder, environ = json.loads(call)
    if pid := os.fork():
        for file in files:
            os.close(file)
        _attend(connection, pid)
    os.setpgid(0, 0)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["longshore", *words]
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()  # was read for this process; a new one would read it now


def _attend(connection: socket.socket, pid: int) -> None:
    """Send it the signals that its caller passes on, tell how it ended, and end."""
    with contextlib.suppress(OSError):  # it may have ended
        os.setpgid(pid, pid)
    with contextlib.suppress(BrokenPipeError):
        connection.send(str(pid).encode())
    process = os.pidfd_open(pid)
    while process not in (ready := select.select([process, connection, sys.stdin], [], [])[0]):
        [number] = (connection in ready and connection.recv(1)) or [signal.SIGKILL]
        # A terminal's Ctrl-C is for the whole group, and so is an end that nobody may survive.
        (os.kill if number == signal.SIGTERM else os.killpg)(pid, number)
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


if __name__ == "__main__":
    import_everything()
    take(socket.socket(fileno=int(sys.argv[1])))
    from longshore.cli.main import main

    main()
