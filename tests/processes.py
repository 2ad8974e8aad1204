"""A server as a process: started, waited for, looked at while it works, stopped and killed.

It leads a process group of its own, so that whoever ends, pauses or measures it reaches each of
its processes. Knows no registry; the tests and the benchmarks start theirs with it.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds until a start or a stop counts as hung
LOOK = 0.005  # seconds between two looks at a server that starts or ends

# Below those that Linux gives to connections (ip_local_port_range in ip(7)): no connection takes
# one of these before the server that it is meant for.
PORTS = range(10000, 32768)

_chance = random.SystemRandom()  # not what Hypothesis makes predictable


def free_port() -> int:
    """Return a port that nothing listens on; there are so many that two at once differ."""
    while True:
        port = _chance.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port


def wait_until(condition: Callable[[], object]) -> None:
    """Until it holds, or longer than anything takes."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Begun(Protocol):
    """The first process, as `subprocess.Popen` shows it."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...


class Process:
    """A server and the processes it starts; ready when GET `ready` is answered with 200."""

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        log: Path,
        *,
        ready: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        self.log = log
        self.startup = 0.0  # seconds that the last start took
        self.command = command
        self._ready = ready
        self._environment = environment or {}
        self._process: Begun | None = None

    @property
    def host(self) -> str:
        return f"{HOST}:{self.port}"

    def start(self) -> Self:
        """Start the processes and return once they serve."""
        started = time.monotonic()
        process = self.begin()
        while not self._is_ready():
            if process.poll() is not None or time.monotonic() - started > PATIENCE:
                self.kill()
                raise RuntimeError(f"the server does not serve:\n{self.tail()}")
            time.sleep(LOOK)
        self.startup = time.monotonic() - started
        return self

    def begin(self) -> Begun:
        """Start the first process, and return it before it serves."""
        with self.log.open("ab") as log:
            self._process = self._begin(log)
        return self._process

    def _begin(self, log: IO[bytes]) -> Begun:
        return subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **self._environment},
            start_new_session=True,
        )

    def stop(self) -> int:
        """Ask for a graceful end, wait for it and return the exit code."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"the server does not stop:\n{self.tail()}") from None
        finally:
            self.kill()

    def kill(self) -> None:
        """End every process of the server at once, and return when the last is gone."""
        process = self._running()
        while self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.poll()
            time.sleep(LOOK)
        process.wait()
        self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to each of the processes."""
        os.killpg(self._running().pid, number)

    def connect(self, timeout: float = PATIENCE) -> http.client.HTTPConnection:
        """Return a connection that is made by its first request."""
        return http.client.HTTPConnection(HOST, self.port, timeout=timeout)

    def pids(self) -> list[int]:
        """Return every live process of the server, the main one first."""
        leader = self._running().pid
        try:
            os.killpg(leader, 0)  # is soon told, where a look at each process of the machine is not
        except ProcessLookupError:
            return []
        # A zombie only waits for its parent.
        return sorted(
            pid for pid, (state, _, of, *_) in _processes() if of == str(leader) and state != "Z"
        )

    def tail(self, lines: int = 40) -> str:
        """Return the end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _running(self) -> Begun:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process

    def _is_ready(self) -> bool:
        connection = self.connect(timeout=5)
        try:
            connection.request("GET", self._ready)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self.stop()


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Every process of this machine, with its `fields`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found = fields(int(entry.name))
                yield int(entry.name), found


def fields(pid: int) -> list[str]:
    """Return what the kernel says of a process after its name: state, parent, group, …

    See proc_pid_stat(5); the state is number 3 there.
    """
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
