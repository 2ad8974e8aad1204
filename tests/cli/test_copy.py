"""`longshore copy`, `push` and `promote`, as a user types them; killed, and typed again."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import longshore, longshore_begun
from tests.client.faulty import Cut, Exchange, Faulty, on, serving
from tests.clients.content import CONFIG, LAYER, Descriptor, Layout

BIG = os.urandom(3_000_000)  # more than all buffers on its way
HALF = len(BIG) // 2


@pytest.fixture
def registry() -> Iterator[Faulty]:
    with serving(Faulty()) as registry:
        yield registry


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "layout")
    for tag in ("1.0.5", "1.0.6"):
        layout.tag(tag, layout.image({"message": tag.encode(), "big": BIG}))
    return layout


def digest_at(registry: Faulty, tag: str) -> str:
    _, content = registry.manifests["app", tag]
    return next(
        digest
        for (_, digest), (_, other) in registry.manifests.items()
        if other == content and digest.startswith("sha256:")
    )


def test_push_prints_what_is_there_now(layout: Layout, registry: Faulty) -> None:
    image = f"{registry.host}/app:1.0.5"
    done = longshore("push", f"{layout.path}:1.0.5", f"{registry.host}/app")
    assert (done.returncode, done.stdout) == (0, f"{image}@{digest_at(registry, '1.0.5')}\n")
    lines = done.stderr.splitlines()
    assert sorted(line.split()[0] for line in lines[:-1]) == ["copied", "copied"]
    assert lines[-1].startswith("1 manifest, 2 blobs: 3.0 MB went.")

    again = longshore("push", f"{layout.path}:1.0.5", f"{registry.host}/app")
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert again.stderr == "Nothing to do: all of it is there.\n"


def test_the_exit_code_of_nothing_to_do_is_4_where_it_is_asked_for(
    layout: Layout, registry: Faulty
) -> None:
    words = ["copy", f"{layout.path}:1.0.5", f"{registry.host}/app", "--exit-code"]
    assert [longshore(*words).returncode for _ in range(2)] == [0, 4]


def test_json_has_an_event_for_all_content_and_one_for_the_result(
    layout: Layout, registry: Faulty
) -> None:
    done = longshore("copy", f"{layout.path}:1.0.5", f"{registry.host}/app", "--json")
    assert done.stderr == ""
    *events, last = map(json.loads, done.stdout.splitlines())
    for event in events:
        assert event.keys() == {"event", "kind", "digest", "size"}
        assert (event["event"], event["kind"]) == ("copied", "blob")
    assert {event["digest"] for event in events} == registry.blobs.keys()
    media_type, content = registry.manifests["app", "1.0.5"]
    digest = digest_at(registry, "1.0.5")
    assert last == {
        "event": "done",
        "image.name": f"{registry.host}/app:1.0.5",
        "containerimage.digest": digest,
        "containerimage.descriptor": {
            "mediaType": media_type,
            "digest": digest,
            "size": len(content),
        },
        "manifests": 1,
        "blobs": 2,
        "mounted": 0,
        "bytes": sum(map(len, registry.blobs.values())),
        "nothing_to_do": False,
    }


def test_a_terminal_sees_a_bar_for_each_layer_and_a_pipe_gets_the_result(
    layout: Layout, registry: Faulty
) -> None:
    ours, theirs = pty.openpty()
    words = ["copy", f"{layout.path}:1.0.5", f"{registry.host}/app"]
    command = [sys.executable, "-m", "longshore", *words]
    environ = {**os.environ, "COLUMNS": "80", "TERM": "xterm"}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=theirs, timeout=60, check=True, env=environ
    )
    os.close(theirs)
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    assert "3.0/3.0 MB" in seen
    assert done.stdout.decode() == f"{registry.host}/app:1.0.5@{digest_at(registry, '1.0.5')}\n"


def test_a_dry_run_says_what_would_go_and_writes_nothing(layout: Layout, registry: Faulty) -> None:
    longshore("push", f"{layout.path}:1.0.5", f"{registry.host}/app")
    before = len(registry.seen)
    words = ["promote", f"{registry.host}/app:1.0.5", f"{registry.host}/public", "--dry-run"]
    done = longshore(*words)
    digest = digest_at(registry, "1.0.5")
    assert (done.returncode, done.stdout) == (0, f"{registry.host}/public:1.0.5@{digest}\n")
    assert "1 manifest, 0 blobs" in done.stderr
    assert "would go. Nothing has." in done.stderr
    last = json.loads(longshore(*words, "--json").stdout.splitlines()[-1])
    assert (last["event"], last["manifests"], last["nothing_to_do"]) == ("plan", 1, False)
    assert {seen.method for seen in registry.seen[before:]} <= {"GET", "HEAD"}


def test_a_version_is_not_replaced_by_another_image(layout: Layout, registry: Faulty) -> None:
    for tag in ("1.0.5", "1.0.6"):
        longshore("push", f"{layout.path}:{tag}", f"{registry.host}/app")
    newer, target = f"{registry.host}/app:1.0.6", f"{registry.host}/public"
    assert longshore("promote", f"{registry.host}/app:1.0.5", target).returncode == 0
    old = registry.manifests["public", "1.0.5"]

    for words in ([], ["--dry-run"]):
        done = longshore("promote", newer, f"{target}:1.0.5", *words)
        assert (done.returncode, done.stdout) == (3, "")
        assert "longshore: 1.0.5 is there already, and another image: sha" in done.stderr
        assert registry.manifests["public", "1.0.5"] == old
    assert longshore("promote", newer, f"{target}:latest").returncode == 0
    assert longshore("promote", f"{registry.host}/app:1.0.5", f"{target}:latest").returncode == 0
    assert longshore("promote", newer, f"{target}:1.0.5", "--force").returncode == 0
    assert registry.manifests["public", "1.0.5"] == registry.manifests["app", "1.0.6"]


def test_a_promoted_image_and_the_target_of_a_push_are_of_the_teams_registry(
    layout: Layout, registry: Faulty
) -> None:
    home = {"LONGSHORE_SERVER": registry.host}
    assert longshore("push", f"{layout.path}:1.0.5", "app", **home).returncode == 0
    done = longshore("promote", "app:1.0.5", f"{registry.host}/public", **home)
    assert done.returncode == 0
    assert registry.manifests["public", "1.0.5"] == registry.manifests["app", "1.0.5"]


def test_a_promotion_says_what_it_relies_on(layout: Layout, registry: Faulty) -> None:
    """So that where the registry can see to it, nobody comes in between."""
    longshore("push", f"{layout.path}:1.0.5", f"{registry.host}/app")
    longshore("promote", f"{registry.host}/app:1.0.5", f"{registry.host}/public")
    [put] = registry.asked("PUT", "public/manifests/1.0.5")
    assert put.headers["If-None-Match"] == "*"


def test_a_refusal_by_rules_ends_with_3(layout: Layout, registry: Faulty) -> None:
    def refuse(exchange: Exchange) -> None:
        for _ in exchange.read():
            pass
        exchange.refuse(403, "DENIED")

    registry.faults.append(on("PUT", "manifests", refuse))
    done = longshore("push", f"{layout.path}:1.0.5", f"{registry.host}/app")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith(f"longshore: denied (PUT http://{registry.host}")


def test_who_is_not_logged_in_is_told_how_to(registry: Faulty) -> None:
    registry.faults.append(on("GET", "tags", lambda exchange: exchange.refuse(401, "UNAUTHORIZED")))
    done = longshore("ls", f"{registry.host}/app")
    assert done.returncode == 1
    assert f"longshore login {registry.host}" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["copy", "a:b:c", "d"], 2, "a:b:c: a repository name is lower-case"),
        (["copy", "./a", "b", "--platform", "linux"], 2, "a platform is os/architecture"),
        (["copy", "/nowhere", "localhost:1/b"], 1, "longshore: /nowhere: No such file"),
        (["push", "/", "localhost:1/b"], 1, "longshore: /: no image layout"),
        (
            ["ls", "127.0.0.1:1"],
            1,
            "longshore: 127.0.0.1:1: Connection refused; is the address right",
        ),
    ],
)
def test_what_can_not_be_done_is_told_in_a_line(words: list[str], code: int, told: str) -> None:
    done = longshore(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_what_was_killed_goes_on_where_it_was(
    layout: Layout, registry: Faulty, tmp_path: Path
) -> None:
    """One layer has arrived, and half of the next, when the program dies."""
    layout.tag("3.0", _of_two_layers(layout))
    halfway, dead = threading.Event(), threading.Event()

    def hold(exchange: Exchange) -> None:
        if len(registry.blobs) == 1:
            upload = exchange.route.rpartition("/")[2]
            for piece in exchange.read(HALF):
                registry.uploads[upload] += piece
            halfway.set()
            dead.wait()
            raise Cut

    registry.faults.append(on("PUT", "uploads", hold))
    words = ["push", f"{layout.path}:3.0", f"{registry.host}/app", "--jobs", "1"]
    home = {"HOME": str(tmp_path)}
    with contextlib.closing(longshore_begun(words, home)) as process:
        assert halfway.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    dead.set()
    registry.faults.clear()
    assert registry.manifests == {}
    before = len(registry.asked("POST", "uploads"))

    done = longshore(*words, **home)
    assert done.returncode == 0
    [patch] = registry.asked("PATCH", "uploads")
    assert patch.headers["Content-Range"].startswith(f"{HALF}-")
    assert len(registry.asked("POST", "uploads")) == before + 1  # for the configuration
    assert done.stderr.count("present ") == 1
    assert done.stderr.count("copied ") == 2
    assert len(registry.blobs) == 3
    assert not list(tmp_path.glob(".local/state/longshore/uploads/*"))


def test_ctrl_c_ends_it_though_a_registry_does_not_answer(layout: Layout, registry: Faulty) -> None:
    waiting, over = threading.Event(), threading.Event()

    def hold(_: Exchange) -> None:
        waiting.set()
        over.wait()
        raise Cut

    registry.faults.append(on("PUT", "uploads", hold))
    words = ["push", f"{layout.path}:1.0.5", f"{registry.host}/app"]
    with contextlib.closing(longshore_begun(words, {})) as process:
        assert waiting.wait(60)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130  # half of what a silent network is given
    over.set()


def _of_two_layers(layout: Layout) -> Descriptor:
    """An image of the two large layers that are there."""
    blobs = sorted(layout.path.glob("blobs/sha256/*"), key=lambda path: path.stat().st_size)
    layers = [
        {"mediaType": LAYER, "digest": f"sha256:{path.name}", "size": path.stat().st_size}
        for path in blobs[-2:]
    ]
    return layout.manifest(layout.blob(b"{}", CONFIG), layers)
