"""The real server as a process: started and stopped as on a user's machine.

Knows the command line and `/healthz`; nothing of what runs inside.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.processes import HOST, PATIENCE, Process, free_port

__all__ = ["HOST", "PATIENCE", "Server", "free_port"]


class Server(Process):
    """One folder of data, one port, and the processes that serve it."""

    def __init__(
        self,
        root: Path,
        *,
        port: int | None = None,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root
        port = port or free_port()
        command = [sys.executable, "-m", "longshore", "serve", "--root", str(root)]
        command += ["--listen", f"{HOST}:{port}", *options]
        log = root.with_name(f"{root.name}.log")
        super().__init__(command, port, log, ready="/healthz", environment=environment)

    @property
    def url(self) -> str:
        return f"http://{self.host}"
