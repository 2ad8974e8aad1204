"""A terminal in which a page's commands are typed, on a port that is free.

The only liberty it takes: ports 5000 and 5001 of this machine become free ones. What serves runs in
the background until the page is over, as if the reader had opened another terminal.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.forks import forks
from tests.serving import PATIENCE, free_port

# Whoever reads about git has told it who they are.
_READER = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Reader"), ("EMAIL", "reader@example.com"))
}

_PORT = re.compile(r"(localhost:|127\.0\.0\.1:|-p )(5000|5001)\b")


class Terminal:
    """Bash in a folder, with the programs of the virtual environment on its path.

    `longshore` is a fork of what has imported it; `make serve` starts the installed one.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._ports = {"5000": free_port(), "5001": free_port()}
        self._log = folder / "serving.log"
        self._serving: list[subprocess.Popen[bytes]] = []
        programs = f"{forks().programs}:{Path(sys.executable).parent}"
        self._environment = {
            **os.environ,
            **(environment or {}),
            **_READER,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "LONGSHORE_LISTEN": f"127.0.0.1:{self._ports['5000']}",
        }

    def run(self, text: str) -> str:
        """Type a command and return what it prints; it must not fail."""
        done = subprocess.run(
            self._bash(text),
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        printed = done.stdout.decode()
        assert done.returncode == 0, f"$ {text}\n{printed}\n{self.log()}"
        for written, port in self._ports.items():
            printed = printed.replace(f":{port}", f":{written}")
        return printed

    def serve(self, text: str, address: str = "localhost:5000") -> None:
        """Type a command that serves, and go on once the registry at that address answers."""
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                # Who runs tests in the background has Ctrl-C ignored, and so have all it starts.
                ["env", "--default-signal=INT", *self._bash(f"exec {text}")],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._serving.append(process)
        deadline = time.monotonic() + PATIENCE
        while not self._answers(address):
            assert process.poll() is None, f"$ {text}\n{self.log()}"
            assert time.monotonic() < deadline, f"$ {text}\n{self.log()}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Press Ctrl-C in every terminal where something serves; it has to end by that."""
        deaf = [process.args for process in self._serving if not _ends(process)]
        self._serving.clear()
        assert deaf == [], self.log()

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def here(self, text: str) -> str:
        """The text with the ports that it has in this terminal."""
        return _PORT.sub(lambda found: f"{found[1]}{self._ports[found[2]]}", text)

    def _bash(self, text: str) -> list[str]:
        return ["bash", "-euo", "pipefail", "-c", self.here(text)]

    def _answers(self, address: str) -> bool:
        host, _, port = self.here(address).partition(":")
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))):  # much cheaper to ask than a client is to make
                return False
        for scheme in ("http", "https"):
            with contextlib.suppress(httpx.TransportError):
                # Whether its certificate is the right one is for the page's own commands to say.
                url = self.here(f"{scheme}://{address}/v2/")
                return httpx.get(url, verify=False).is_success  # noqa: S501
        return False


def _ends(process: subprocess.Popen[bytes]) -> bool:
    """Whether Ctrl-C ends it; nothing of it is left either way."""
    with contextlib.suppress(ProcessLookupError):  # it has ended before
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True
