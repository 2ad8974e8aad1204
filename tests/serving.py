"""The real server as a process: started and stopped as on a user's machine.

Knows the command line and `/healthz`; nothing of what runs inside. Whatever a test does, no secret
may be in the server's log. Most begin where the program's imports end (`tests/forks.py`).
"""

import contextlib
import http.client
import os
import ssl
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests import leaks
from tests.forks import forks
from tests.processes import HOST, PATIENCE, Begun, Process, free_port

__all__ = ["HOST", "PATIENCE", "Server", "free_port"]

# For a client of a server in the clear: to read whom this machine trusts takes a while.
TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Server(Process):
    """One folder of data, one port, and the processes that serve it.

    `context` is how a client verifies a server whose options make it speak TLS. One that is begun
    `anew`, or with an environment that Python may read, is so from the first import on.
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
        anew: bool = False,
    ) -> None:
        self.root = root
        self.context = context
        self._words = ["serve", "--root", str(root)]
        self._anew = anew or bool(environment)
        self._address = address
        port = port or free_port()
        self._words += ["--listen", f"{address}:{port}", *options]
        command = [sys.executable, "-m", "longshore", *self._words]
        log = root.with_name(f"{root.name}.log")
        super().__init__(command, port, log, ready="/healthz", environment=environment)

    @property
    def host(self) -> str:
        return f"{self._address}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://{self.host}"

    def connect(self, timeout: float = PATIENCE) -> http.client.HTTPConnection:
        """Return a connection that is made by its first request, with TLS if the server has it."""
        if self.context is None:
            return http.client.HTTPConnection(self._address, self.port, timeout=timeout)
        return http.client.HTTPSConnection(
            self._address, self.port, timeout=timeout, context=self.context
        )

    def _begin(self, log: IO[bytes]) -> Begun:
        if self._anew:
            return super()._begin(log)
        leaks.check(" ".join(self._words), "what everybody sees of the process")
        with Path(os.devnull).open() as nothing:
            files = [nothing.fileno(), log.fileno(), log.fileno()]
            return forks().begin(self._words, Path.cwd(), os.environ, files)

    def kill(self) -> None:
        leaks.check(self._listed(), "the list of processes")
        super().kill()
        leaks.check(self.log.read_text(errors="replace"), str(self.log))

    def _listed(self) -> str:
        """What everybody on the machine sees of the processes."""
        lines = []
        for pid in self.pids():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                lines.append(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "))
        return "\n".join(lines)
