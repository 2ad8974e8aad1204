"""Killed at any moment, the server has done nothing without a line of it, and has no line too many.

An act and its line are one transaction: after each kill the rows are compared with the log.
"""

import contextlib
import http.client
import itertools
import random
import sqlite3
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from tests.content import index
from tests.crash.test_kills import SEED
from tests.crash.wire import Cut, Wire
from tests.depth import part
from tests.serving import Server

KILLS = part(8)
CLIENTS = 3
REPOSITORY = "audit/app"


class _Client:
    """Pushes, tags and deletes as fast as it can; notes which request was acknowledged."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._serial = itertools.count(1)
        self._random = random.Random(f"{SEED} {number}")
        self.acknowledged: list[str] = []

    def run(self, port: int) -> None:
        """Work until the server is gone."""
        wire = Wire(port)
        with contextlib.suppress(Cut, http.client.HTTPException, OSError):
            while True:
                self._push_and_delete(wire)
        wire.close()

    def _push_and_delete(self, wire: Wire) -> None:
        pushed = index(annotations={"of": f"{self._number} {next(self._serial)}"})
        manifest, tag = pushed.manifest, self._random.choice("ab")
        kind = {"Content-Type": manifest.media_type}
        for reference in (tag, pushed.digest):
            self._send(wire, "PUT", reference, manifest.content, kind)
        if self._random.random() < 0.5:
            self._send(wire, "DELETE", self._random.choice([tag, pushed.digest]))

    def _send(
        self,
        wire: Wire,
        method: str,
        reference: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> None:
        request_id = f"client{self._number}-{next(self._serial)}"
        path = f"/v2/{REPOSITORY}/manifests/{reference}"
        reply = wire.send(method, path, body, {"X-Request-Id": request_id, **(headers or {})})
        if reply.status in {201, 202}:
            self.acknowledged.append(request_id)


def test_no_act_is_without_its_line_and_no_line_without_its_act(tmp_path: Path) -> None:
    clients = [_Client(number) for number in range(CLIENTS)]
    chance = random.Random(SEED)
    server = Server(tmp_path / "data", options=["--workers", "2"])
    for _ in range(KILLS):
        with server:
            threads = [threading.Thread(target=one.run, args=(server.port,)) for one in clients]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.1, 0.6))
            server.kill()
            for thread in threads:
                thread.join()
        _compare(server.root, [one for client in clients for one in client.acknowledged])
    acknowledged = sum(len(client.acknowledged) for client in clients)
    sys.stdout.write(f"{KILLS} kills, seed {SEED}: {acknowledged} requests acknowledged\n")
    assert acknowledged > KILLS


def _compare(root: Path, acknowledged: list[str]) -> None:
    """Play what the log says, and see whether the rows are what comes out."""
    with contextlib.closing(sqlite3.connect(root / "longshore.db")) as database:
        lines = database.execute(_LINES).fetchall()
        manifests = {digest for (digest,) in database.execute("SELECT digest FROM manifests")}
        tags = dict(database.execute(_TAGS).fetchall())
    expected: set[str] = set()
    expected_tags: dict[str, str] = {}
    for action, target, told in lines:
        place, _, digest = target.partition("@")
        if action == "push":
            expected.add(digest)
            expected_tags |= dict.fromkeys(told.split(), digest)
        elif action == "manifest.delete":
            expected.remove(digest)
            expected_tags = {tag: one for tag, one in expected_tags.items() if one != digest}
        elif action == "tag.delete":
            del expected_tags[place.rpartition(":")[2]]
    assert (manifests, tags) == (expected, expected_tags), f"SEED={SEED}"
    with contextlib.closing(sqlite3.connect(root / "longshore.db")) as database:
        written = Counter(one for (one,) in database.execute("SELECT request_id FROM audit"))
    assert set(written.values()) <= {1}
    assert set(acknowledged) - set(written) == set(), f"SEED={SEED}"


_LINES = """SELECT action, target, (SELECT coalesce(group_concat(key, ' '), '')
        FROM json_each(detail, '$.tags')) FROM audit ORDER BY id"""
_TAGS = "SELECT t.name, m.digest FROM tags t JOIN manifests m ON m.id = t.manifest_id"
