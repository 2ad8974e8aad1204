"""Killed at any moment, the server has everything that it acknowledged, and nothing by halves.

All its processes are ended by SIGKILL while clients push, move, delete and resume and while the
collector runs, again and again on the same data. `longshore fsck` runs beside the next server.
"""

import os
import random
import sys
import threading
import time
from pathlib import Path

import pytest

from longshore.server import maintenance
from longshore.server.config import Settings
from tests.crash.client import Client
from tests.crash.inspection import Inspection
from tests.crash.model import WINDOW
from tests.crash.uploading import GRACE
from tests.depth import part
from tests.serving import Server

CLIENTS = 4
PERIODS = ["--gc-grace", f"{GRACE:.0f}", "--undelete-window", f"{WINDOW:.0f}"]
OPTIONS = ["--workers", "2", "--gc-interval", "1", *PERIODS]

# Another seed is another run; that of a failed one is in the message.
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)


def test_kills_lose_nothing(tmp_path: Path) -> None:
    """A dozen in CI, a few elsewhere."""
    _Run(tmp_path / "data").kill(part(12))


@pytest.mark.soak
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    run = _Run(tmp_path / "data")
    run.kill(200)
    assert run.collected


class _Run:
    def __init__(self, root: Path) -> None:
        self._settings = Settings(root=root, gc_grace=int(GRACE), undelete_window=int(WINDOW))
        self._server = Server(root, options=OPTIONS)
        self._random = random.Random(SEED)
        self._clients = [Client(number, SEED) for number in range(CLIENTS)]
        self._seen = 0

    def kill(self, times: int) -> None:
        for number in range(times):
            with self._server:
                self._inspect(number)
                self._work()
        with self._server:
            self._inspect(times)
        sys.stdout.write(
            f"{times} kills, seed {SEED}: {sum(c.acknowledged for c in self._clients)} requests"
            f" acknowledged, {sum(c.refused for c in self._clients)} refused,"
            f" {sum(c.in_doubt for c in self._clients)} cut off; {self._seen} contents compared,"
            f" {self.collected} blobs collected\n"
        )

    @property
    def collected(self) -> int:
        """Blobs that the collector removed in all."""
        return maintenance.state(self._settings).get("collected_blobs", 0)

    def _work(self) -> None:
        """Let the clients work for a moment, then kill everything under their hands."""
        is_killed, is_over = threading.Event(), threading.Event()
        threads = [
            threading.Thread(target=client.run, args=(self._server.port, is_killed, is_over))
            for client in self._clients
        ]
        for thread in threads:
            thread.start()
        time.sleep(self._random.uniform(0.02, 1.5))
        is_killed.set()
        self._server.kill()
        is_over.set()
        for thread in threads:
            thread.join()

    def _inspect(self, number: int) -> None:
        wrong = [one for client in self._clients for one in client.wrong]
        for client in self._clients:
            inspection = Inspection(client.model, self._server.port)
            inspection.run()
            wrong += inspection.wrong
            self._seen += inspection.seen
        checked = maintenance.check(
            self._settings, is_quick=False, repairs=False, watch=lambda *_: None
        )
        wrong += map(str, checked.findings)
        assert wrong == [], f"after kill {number}, SEED={SEED}\n{self._server.tail()}"
