"""`gc` and `fsck` beside a busy server: they find nothing wrong, and no client finds out."""

import random
import threading
from collections.abc import Callable
from pathlib import Path

from longshore.server import maintenance
from longshore.server.config import Settings
from tests.crash.client import Client
from tests.crash.inspection import Inspection
from tests.crash.model import WINDOW
from tests.crash.test_kills import OPTIONS, SEED
from tests.crash.uploading import GRACE
from tests.serving import Server

ROUNDS = 6


def test_maintenance_and_clients_do_not_disturb_each_other(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path / "data", gc_grace=int(GRACE), undelete_window=int(WINDOW))
    clients = [Client(number, SEED) for number in range(3)]
    never, is_over = threading.Event(), threading.Event()
    with Server(settings.root, options=OPTIONS) as server:
        threads = [
            threading.Thread(target=client.run, args=(server.port, never, is_over))
            for client in clients
        ]
        for thread in threads:
            thread.start()
        wrong = [finding for _ in range(ROUNDS) for finding in _maintain(settings)]
        is_over.set()
        for thread in threads:
            thread.join()
        for client in clients:
            inspection = Inspection(client.model, server.port)
            inspection.run()
            wrong += client.wrong + inspection.wrong
        assert wrong == [], f"SEED={SEED}\n{server.tail()}"
    assert sum(client.acknowledged for client in clients) > ROUNDS
    assert _maintain(settings) == []


def _maintain(settings: Settings) -> list[str]:
    """All of it, in any order; answers what the checks found."""
    found: list[str] = []
    work: list[Callable[[], object]] = [
        lambda: maintenance.foresee(settings),
        lambda: maintenance.collect(settings, lambda *_: None),
        lambda: maintenance.state(settings),
        lambda: found.extend(map(str, _check(settings, repairs=False))),
        lambda: found.extend(map(str, _check(settings, repairs=True))),
    ]
    random.shuffle(work)
    for one in work:
        one()
    return found


def _check(settings: Settings, *, repairs: bool) -> list[object]:
    checked = maintenance.check(settings, is_quick=False, repairs=repairs, watch=lambda *_: None)
    return list(checked.findings)
