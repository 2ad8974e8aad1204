"""`gc` and `fsck` beside a busy server: they find nothing wrong, and no client finds out."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from longshore.server import maintenance
from longshore.server.config import Settings
from tests.crash.client import Client
from tests.crash.inspection import Inspection
from tests.crash.model import WINDOW
from tests.crash.test_kills import OPTIONS, SEED
from tests.crash.uploading import GRACE
from tests.depth import part
from tests.serving import Server

ROUNDS = part(6)


def test_maintenance_and_clients_do_not_disturb_each_other(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path / "data", gc_grace=int(GRACE), undelete_window=int(WINDOW))
    clients = [Client(number, SEED) for number in range(3)]
    with Server(settings.root, options=OPTIONS) as server:
        with _busy(clients, server):
            time.sleep(0.5)
        time.sleep(max(GRACE, WINDOW))  # what they left may be collected from the first round on
        with _busy(clients, server):
            wrong = [finding for _ in range(ROUNDS) for finding in _maintain(settings)]
        for client in clients:
            inspection = Inspection(client.model, server.port)
            inspection.run()
            wrong += client.wrong + inspection.wrong
        assert wrong == [], f"SEED={SEED}\n{server.tail()}"
    assert sum(client.acknowledged for client in clients) > ROUNDS
    assert _maintain(settings) == []


@contextlib.contextmanager
def _busy(clients: list[Client], server: Server) -> Iterator[None]:
    never, is_over = threading.Event(), threading.Event()
    threads = [
        threading.Thread(target=client.run, args=(server.port, never, is_over))
        for client in clients
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


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
