"""The real server as a process: started, waited for, stopped and killed as on a user's machine.

Knows the command line, the loopback and `/healthz`; nothing of what runs inside.
The server leads a process group of its own, so that `kill` reaches each of its processes.
"""

import contextlib
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
READY = "/healthz"
PATIENCE = 60.0  # seconds until a start or a stop counts as hung


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One folder of data, one port, and the processes that serve it.

    `context` is how a client verifies a server whose options make it speak TLS.
    """

    def __init__(
        self,
        root: Path,
        *,
        port: int | None = None,
        address: str = HOST,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.root = root
        self.port = port or free_port()
        self._address = address
        self.log = root.with_name(f"{root.name}.log")
        self._options = options
        self._environment = environment or {}
        self.context = context
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"{self._address}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://{self.host}"

    def command(self) -> list[str]:
        serve = [sys.executable, "-m", "longshore", "serve"]
        return [*serve, "--root", str(self.root), "--listen", self.host, *self._options]

    def start(self) -> Self:
        """Start the processes and return once they serve."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server does not serve:\n{self.tail()}")
            time.sleep(0.02)
        return self

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
            time.sleep(0.005)
        process.wait()
        self._process = None

    def connect(self, timeout: float = PATIENCE) -> http.client.HTTPConnection:
        """Return a connection that is made by its first request, with TLS if the server has it."""
        if self.context is None:
            return http.client.HTTPConnection(self._address, self.port, timeout=timeout)
        return http.client.HTTPSConnection(
            self._address, self.port, timeout=timeout, context=self.context
        )

    def pids(self) -> list[int]:
        """Return every live process of the server, the main one first."""
        group = self._running().pid
        return sorted(pid for pid in _processes() if _group(pid) == group)

    def tail(self, lines: int = 40) -> str:
        """Return the end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process

    def _is_ready(self) -> bool:
        connection = self.connect(timeout=5)
        try:
            connection.request("GET", READY)
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


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _group(pid: int) -> int | None:
    """Return the process group of a process that still runs; a zombie only waits for its parent."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, _, group = status.rpartition(")")[2].split()[:3]
    return None if state == "Z" else int(group)
