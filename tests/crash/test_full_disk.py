"""A full disk: a clear refusal, no damage, reads and removals as ever, and service with new room.

With a floor, pushes are refused while there is room for everything else; with none, the disk
itself says no, to files and to the database alike.
"""

import contextlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from longshore.oci.digest import Digest
from longshore.oci.errors import StorageFull
from longshore.registry import audit
from longshore.server import maintenance
from longshore.server.config import Settings
from tests.api.secured import Asked, Secured, basic
from tests.content import Pushed, image
from tests.crash.small_disk import MEBIBYTE, fill, free, mounted, obstacle
from tests.crash.wire import Cut, Reply, Wire
from tests.serving import Server

FLOOR = 8 * MEBIBYTE
PUSHERS = 4


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if (reason := obstacle()) and not os.environ.get("CI"):
        pytest.skip(reason)
    with mounted(tmp_path) as disk:
        yield disk


class Registry:
    """A server on the small disk, and what it acknowledged."""

    def __init__(self, disk: Path, floor: int) -> None:
        options = [f"--free-space-floor={floor}", "--gc-interval=1", "--workers=2"]
        options += ["--gc-grace=1", "--undelete-window=0"]
        self.disk = disk
        self.server = Server(disk / "data", options=options)
        self.server.log = disk.parent / "server.log"
        self.blobs: dict[Digest, bytes] = {}
        self.images: dict[str, Pushed] = {}
        self.refusals: list[Reply] = []

    def wire(self) -> Wire:
        return Wire(self.server.port)

    def push(self, wire: Wire, tag: str, size: int) -> Reply:
        """A blob in one request, and an image of it."""
        content = random.Random(f"{tag} {size}").randbytes(size)
        digest = Digest.of(content)
        reply = wire.send("POST", f"/v2/one/blobs/uploads/?digest={digest}", content)
        if reply.status == 201:
            pushed = image(digest, annotations={"note": tag * 4000})
            kind = {"Content-Type": pushed.manifest.media_type}
            path = f"/v2/one/manifests/{tag}"
            reply = wire.send("PUT", path, pushed.manifest.content, kind)
            if reply.status == 201:
                self.blobs[digest] = content
                self.images[tag] = pushed
        if reply.status != 201:
            self.refusals.append(reply)
        return reply

    def check_everything_acknowledged_is_served(self) -> None:
        wire = self.wire()
        for tag, pushed in self.images.items():
            manifest = wire.send("GET", f"/v2/one/manifests/{tag}")
            assert (manifest.status, manifest.body) == (200, pushed.manifest.content)
            for digest in pushed.manifest.blobs:
                blob = wire.send("GET", f"/v2/one/blobs/{digest}")
                assert (blob.status, blob.body) == (200, self.blobs[digest])
                assert wire.send("HEAD", f"/v2/one/blobs/{digest}").status in {200, 507}
        listed = wire.send("GET", "/v2/one/tags/list").json()["tags"]
        assert set(self.images) <= set(listed)
        wire.close()

    def check_soundness(self) -> None:
        settings = Settings(root=self.disk / "data", gc_grace=1, undelete_window=0)
        checked = maintenance.check(settings, is_quick=False, repairs=False, watch=lambda *_: None)
        assert checked.findings == []

    def remove(self, tags: list[str]) -> list[int]:
        wire = self.wire()
        statuses = []
        for tag in tags:
            reply = wire.send("DELETE", f"/v2/one/manifests/{self.images[tag].digest}")
            statuses.append(reply.status)
            if reply.status == 202:
                del self.images[tag]
        wire.close()
        return statuses


def check_refusal(reply: Reply) -> None:
    assert reply.status == 507
    [error] = reply.json()["errors"]
    assert error["code"] == "DENIED"
    assert "disk is nearly full" in error["message"]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_pushes_are_refused_before_it_hurts(disk: Path) -> None:
    registry = Registry(disk, FLOOR)
    with registry.server:
        wire = registry.wire()
        began = wire.send("POST", "/v2/one/blobs/uploads/").headers["Location"]
        number = 0
        while registry.push(wire, f"t{number}", MEBIBYTE).status == 201:
            number += 1
            time.sleep(0.05)  # so often is the floor looked at
        assert FLOOR - 4 * MEBIBYTE < free(disk) < FLOOR
        check_refusal(registry.refusals[0])
        check_refusal(wire.send("PATCH", str(began), b"more"))
        check_refusal(wire.send("PUT", f"{began}?digest={Digest.of(b'')}", b""))
        check_refusal(wire.send("POST", "/v2/two/blobs/uploads/"))
        assert wire.send("GET", "/readyz").status == 200
        registry.check_everything_acknowledged_is_served()
        registry.check_soundness()

        assert registry.remove(sorted(registry.images)[:8]) == [202] * 8
        wait_until(lambda: free(disk) > FLOOR + 4 * MEBIBYTE)  # by the collector alone
        assert registry.push(wire, "again", MEBIBYTE).status == 201
        assert wire.send("PATCH", str(began), b"more").status == 202
        registry.check_everything_acknowledged_is_served()
        registry.check_soundness()
        wire.close()


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_a_disk_without_a_free_byte_does_no_damage(disk: Path, end: str) -> None:
    """Not even the database has room: whatever is not refused is done, and stays done."""
    registry = Registry(disk, 0)
    ballast = disk / "ballast"
    fill(ballast, leave=free(disk) - 3 * MEBIBYTE)
    with registry.server:
        _push_until_nothing_goes(registry)
        for reply in registry.refusals:
            check_refusal(reply)
        assert free(disk) < MEBIBYTE
        registry.check_everything_acknowledged_is_served()
        if end == "killed":
            registry.server.kill()
    with registry.server:  # starts as well
        registry.check_everything_acknowledged_is_served()
        some = sorted(registry.images)[:3]
        assert set(registry.remove(some)) <= {202, 507}
        registry.check_everything_acknowledged_is_served()

        ballast.unlink()
        registry.check_soundness()
        wait_until(lambda: set(registry.remove([t for t in some if t in registry.images])) <= {202})
        wire = registry.wire()
        assert registry.push(wire, "again", MEBIBYTE).status == 201
        wire.close()
        wait_until(lambda: free(disk) > 4 * MEBIBYTE)
        registry.check_everything_acknowledged_is_served()
        registry.check_soundness()


def test_a_server_starts_on_a_disk_that_others_have_filled(disk: Path) -> None:
    registry = Registry(disk, 0)
    with registry.server:
        wire = registry.wire()
        assert registry.push(wire, "kept", 1000).status == 201
        assert registry.push(wire, "removed", 1000).status == 201
        wire.close()
    fill(disk / "ballast")
    assert free(disk) == 0
    with registry.server:
        registry.check_everything_acknowledged_is_served()
        assert registry.remove(["removed"]) == [202]
    registry.check_soundness()


def test_an_upload_that_finds_no_room_gives_back_what_it_took(disk: Path) -> None:
    registry = Registry(disk, 0)
    with registry.server:
        wire = registry.wire()
        place = str(wire.send("POST", "/v2/one/blobs/uploads/").headers["Location"])
        assert wire.send("PATCH", place, b"begun").status == 202
        before = free(disk)
        with contextlib.suppress(Cut):  # the reply may come before the body is sent
            check_refusal(wire.send("PATCH", place, bytes(before + MEBIBYTE)))
        assert wire.send("GET", place).headers["Range"] == "0-4"
        assert free(disk) > before - MEBIBYTE
        assert wire.send("PUT", f"{place}?digest={Digest.of(b'begun')}").status == 201
        wire.close()


def test_a_large_upload_does_not_go_beyond_the_floor(disk: Path) -> None:
    registry = Registry(disk, 24 * MEBIBYTE)
    with registry.server:
        wire = registry.wire()
        least = [free(disk)]
        watching = threading.Event()
        watcher = threading.Thread(target=_watch_room, args=(disk, least, watching))
        watcher.start()
        with contextlib.suppress(Cut):
            check_refusal(wire.send("POST", _whole(b""), _slowly(free(disk))))
        watching.set()
        watcher.join()
        assert least[0] > 8 * MEBIBYTE
        wire.close()


def _whole(content: bytes) -> str:
    return f"/v2/one/blobs/uploads/?digest={Digest.of(content)}"


def _slowly(size: int) -> Iterator[bytes]:
    """So much, slowly enough that the floor is looked at on the way."""
    for _ in range(size // MEBIBYTE):
        yield bytes(MEBIBYTE)
        time.sleep(0.05)


def _watch_room(disk: Path, least: list[int], is_over: threading.Event) -> None:
    while not is_over.wait(0.01):
        least[0] = min(least[0], free(disk))


def _push_until_nothing_goes(registry: Registry) -> None:
    """Several at a time, large and small, until even the smallest push is refused."""

    def work(number: int) -> None:
        wire = registry.wire()
        size, serial = 3 * MEBIBYTE, 0
        while size:
            serial += 1
            if registry.push(wire, f"p{number}.{serial}", size).status != 201:
                size //= 3
        wire.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(PUSHERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_who_calls_is_answered_though_the_log_has_no_room_for_it(disk: Path) -> None:
    registry = Registry(disk, 0)
    with registry.server:
        wire = registry.wire()
        assert registry.push(wire, "kept", 1000).status == 201
        wire.close()
        secured = Secured(registry.server)
        secured.add_user("alice", "one:pull")
        fill(disk / "ballast")
        _write_until_the_database_has_no_room(secured)
        pull = Asked("GET", "/v2/one/manifests/kept")
        assert secured.ask(pull, basic("alice", "wrong")).status == 401
        assert secured.ask(Asked("DELETE", pull.target), basic("alice")).status == 403
        assert secured.ask(pull, basic("alice")).status == 200


def _write_until_the_database_has_no_room(secured: Secured) -> None:
    with contextlib.suppress(StorageFull):
        while True:
            secured.write(audit.record, "fill", "x" * 1000)
