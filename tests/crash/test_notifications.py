"""Killed at any moment, the server has told, or will tell, of every push that it acknowledged.

A message is in the transaction of its push, and goes when its receiver has taken it. So whatever
was acknowledged arrives, perhaps more than once, and then by the same id.
"""

import itertools
import random
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

from longshore.client.management import of_application
from longshore.server import local
from longshore.server.config import Settings
from tests.content import index
from tests.crash.test_kills import SEED
from tests.crash.wire import Cut, Wire
from tests.depth import part
from tests.processes import free_port
from tests.receivers import WebReceiver, web_receiver
from tests.serving import Server

KILLS = part(6)
REPOSITORY = "team/app"

numbers = itertools.count(1)


def subscribe(root: Path, url: str) -> str:
    """Answers the secret."""
    with local.opened(Settings(root=root), may_make=True) as opened:
        management = of_application(opened.app)
        body = {"name": "ci", "medium": "webhook", "address": url, "events": ["tag-moved"]}
        secret: str = management.ask("POST", "/notifications", body)["secret"]
        management.close()
    return secret


def push(wire: Wire) -> str:
    """One push under a tag of its own, which is answered once it is acknowledged."""
    tag = f"t{next(numbers)}"
    pushed = index(annotations={"n": tag}).manifest
    kind = {"Content-Type": pushed.media_type}
    path = f"/v2/{REPOSITORY}/manifests/{tag}"
    assert wire.send("PUT", path, pushed.content, kind).status == 201
    return tag


def push_until_killed(server: Server, acknowledged: list[str]) -> None:
    wire = Wire(server.port)
    try:
        while True:
            acknowledged.append(push(wire))
    except (Cut, OSError):
        pass
    finally:
        wire.close()


def wait_for(receiver: WebReceiver, tags: list[str]) -> dict[str, set[str]]:
    """Answers the ids under which each tag has arrived, once all have."""
    found: dict[str, set[str]] = defaultdict(set)
    number = 0
    while set(tags) - set(found):
        for one in receiver.wait(number + 1)[number:]:
            found[one.json()["data"]["tag"]].add(one.id)
            number += 1
    return found


def test_what_was_acknowledged_is_told_whenever_the_server_is_killed(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    acknowledged: list[str] = []
    with web_receiver() as receiver:
        secret = subscribe(tmp_path / "data", receiver.url)
        server = Server(tmp_path / "data", options=["--workers", "2"])
        for number in range(KILLS):
            with server:
                pushing = threading.Thread(target=push_until_killed, args=(server, acknowledged))
                pushing.start()
                if number == 0:
                    receiver.wait()  # later ones first wait for the lease of who was killed
                time.sleep(chance.uniform(0.02, 0.5))
                server.kill()
                pushing.join()
        with server:
            found = wait_for(receiver, acknowledged)
        assert all(one.is_signed_with(secret) for one in receiver.received)
    told = len(receiver.received)
    sys.stdout.write(f"{KILLS} kills: {len(acknowledged)} pushes acknowledged, {told} told\n")
    assert len(acknowledged) > KILLS
    assert {len(ids) for ids in found.values()} == {1}


def test_a_receiver_that_was_down_is_told_when_it_is_back(tmp_path: Path) -> None:
    receiver = WebReceiver(free_port())
    subscribe(tmp_path / "data", receiver.url)
    port = int(receiver.url.split(":")[2].partition("/")[0])
    with Server(tmp_path / "data", options=["--workers", "1"]) as server:
        wire = Wire(server.port)
        tags = [push(wire) for _ in range(5)]
        wire.close()
        while "notification not taken" not in server.log.read_text():
            time.sleep(0.05)
        with web_receiver(port, receiver):
            receiver.wait(5)
    assert [one.json()["data"]["tag"] for one in receiver.received] == tags
    assert receiver.url not in server.log.read_text()
