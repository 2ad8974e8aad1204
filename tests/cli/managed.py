"""A registry that the command line manages: in a folder, and at a server over the network."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.cli.program import longshore, longshore_begun

PASSWORD = "correct horse battery"
PATIENCE = 30.0  # seconds until a program that says nothing counts as hung

Done = subprocess.CompletedProcess[str]


class Folder:
    """A folder of data, and the program on it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *words: str, given: str | None = None) -> Done:
        return longshore(*words, "--root", str(self.root), given=given)

    def do(self, *words: str, given: str | None = None) -> str:
        """What it prints; it must not fail."""
        done = self.run(*words, given=given)
        assert done.returncode == 0, done
        return done.stdout

    def json(self, *words: str, given: str | None = None) -> Any:
        return json.loads(self.do(*words, "--json", given=given))

    def add_user(self, name: str, *options: str) -> Any:
        return self.json("user", "add", name, "--password-stdin", *options, given=PASSWORD)


class Elsewhere(Folder):
    """A server, and the program with a secret for it."""

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        self.secret = secret

    def run(self, *words: str, given: str | None = None) -> Done:
        return longshore(*words, "--server", self.url, given=given, LONGSHORE_TOKEN=self.secret)


class Typing:
    """The program on a terminal of 80 columns, with somebody who types."""

    def __init__(self, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        environ = {"COLUMNS": "80", "TERM": "xterm"}
        self._process = longshore_begun(words, environ, [theirs] * 3)
        os.close(theirs)
        self.seen = ""

    def answer(self, question: str, text: str) -> None:
        """Wait until it asks this, and type that."""
        self._read_until(question)
        self.seen = ""
        os.write(self._ours, f"{text}\n".encode())

    def interrupt(self, shown: str) -> None:
        """Wait until it shows this, and press Ctrl-C."""
        self._read_until(shown)
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Wait for its end, with everything seen that it prints, and return its exit code."""
        self._read_until(None)
        os.close(self._ours)
        return self._process.wait(PATIENCE)

    def _read_until(self, text: str | None) -> None:
        deadline = time.monotonic() + PATIENCE
        while text is None or text not in self.seen:
            ready, _, _ = select.select([self._ours], [], [], deadline - time.monotonic())
            assert ready, f"no {text!r} in {self.seen!r}"
            try:
                found = os.read(self._ours, 65536)
            except OSError:  # Linux says so when the other end is closed
                found = b""
            if not found:
                assert text is None, f"no {text!r} in {self.seen!r}"
                return
            self.seen += found.decode()
