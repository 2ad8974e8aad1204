"""Memory stays flat, whatever the size of a layer: pieces pass through the program."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest

from tests.clients.content import CONFIG, Layout
from tests.serving import Server

MIB = 1024 * 1024
SPARE = 24 * MIB  # what two runs of one program may differ by


def layout_of(path: Path, size: int) -> Layout:
    """A layout of an image with one layer of so many zeros, which take no room on the disk."""
    layout = Layout(path)
    digest = hashlib.sha256()
    for _ in range(size // MIB):
        digest.update(bytes(MIB))
    with (path / "blobs" / "sha256" / digest.hexdigest()).open("wb") as file:
        file.truncate(size)
    layer = {
        "mediaType": "application/vnd.oci.image.layer.v1.tar",
        "digest": f"sha256:{digest.hexdigest()}",
        "size": size,
    }
    layout.tag("1.0", layout.manifest(layout.blob(b"{}", CONFIG), [layer]))
    return layout


def peak(*words: str) -> int:
    """Run the program to its end, and answer the most memory it had, in bytes."""
    command = [sys.executable, "-m", "longshore", *words, "--json"]
    read, write = os.pipe()
    out = [(os.POSIX_SPAWN_DUP2, write, 1)]
    pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=out)
    os.close(write)
    with os.fdopen(read) as file:
        last = json.loads(file.read().splitlines()[-1])
    _, status, usage = os.wait4(pid, 0)
    assert (status, last["event"]) == (0, "done")
    return usage.ru_maxrss * 1024


@pytest.mark.parametrize(
    "size", [128 * MIB, pytest.param(2048 * MIB, marks=pytest.mark.soak)], ids=["128 MiB", "2 GiB"]
)
def test_a_large_layer_takes_no_more_memory_than_a_small_one(size: int, tmp_path: Path) -> None:
    with Server(tmp_path / "one") as one, Server(tmp_path / "two") as two:
        peaks = []
        for each in (MIB, size):
            layout = layout_of(tmp_path / f"layout-{each}", each)
            image = f"{one.host}/app/{each}:1.0"
            pushed = peak("push", str(layout.path), image)
            copied = peak("copy", image, f"{two.host}/app/{each}:1.0")
            saved = peak("copy", image, f"{tmp_path}/saved-{each}.tar:1.0")
            peaks.append((pushed, copied, saved))
    for small, large in zip(*peaks, strict=True):
        assert large < small + SPARE
