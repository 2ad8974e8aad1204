"""A server as a process: started, waited for, looked at while it works, stopped.

Decides what counts as ready, as its memory and as its CPU time: those of every process that it
started. Knows no registry.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
PATIENCE = 120.0  # seconds until a start or a stop counts as hung
LOOK = 0.005  # seconds between two looks at a server that starts
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


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
        self.address = f"{HOST}:{port}"
        self._command = command
        self._port = port
        self._log = log
        self._ready = ready
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it, wait until it serves, and tell how many seconds that took."""
        started = time.monotonic()
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        self._process = process
        while not self._is_ready():
            if process.poll() is not None or time.monotonic() - started > PATIENCE:
                self.stop()
                raise RuntimeError(f"{self._command[0]} does not serve: see {self._log}")
            time.sleep(LOOK)
        return time.monotonic() - started

    def stop(self) -> None:
        """Ask it to end, wait, and end by force whatever is left."""
        if self._process is None:
            return
        self.resume()  # whoever is paused hears of nothing
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def pause(self) -> None:
        """Let none of its processes run until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "the server was not started"
        os.killpg(self._process.pid, number)

    def memory(self) -> list[int]:
        """Resident bytes of each process, the largest first."""
        pages = [int((folder / "statm").read_text().split()[1]) for folder in self._processes()]
        return sorted((count * PAGE for count in pages), reverse=True)

    def cpu(self) -> float:
        """Seconds of CPU time that its processes have used so far."""
        used = 0
        for folder in self._processes():
            fields = _fields(folder)
            used += int(fields[11]) + int(fields[12])
        return used / TICKS

    def _processes(self) -> list[Path]:
        assert self._process is not None, "the server was not started"
        group = str(self._process.pid)
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    if _fields(folder)[2] == group:
                        found.append(folder)
        return found

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=5)
        try:
            connection.request("GET", self._ready)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _fields(folder: Path) -> list[str]:
    """What /proc says of a process, after its name: state, parent, group, …"""
    return (folder / "stat").read_text().rpartition(")")[2].split()
