"""`longshore gc`, as a user types it."""

import contextlib
import json
import os
import pty
from pathlib import Path

import pytest

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry import manifests
from tests.cli.program import longshore, longshore_begun
from tests.content import image
from tests.filled import Filled


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    """One image that is tagged, and one that is not, with a layer of its own."""
    filled = Filled(tmp_path / "data")
    config = filled.push_blob("one", b"config")
    filled.push("one", image(config), "latest")
    filled.push("one", image(config, filled.push_blob("one", b"garbage")))
    return filled


def test_a_dry_run_lists_what_goes_and_removes_nothing(filled: Filled) -> None:
    before = filled.dump()
    done = longshore("gc", "--root", str(filled.settings.root), "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    manifest, blob, total = done.stdout.splitlines()
    assert manifest.startswith("manifest  one@sha256:")
    assert manifest.endswith("0 bytes: no tag, index or subject reaches it")
    assert blob == f"blob      one@{Digest.of(b'garbage')}  7 bytes: no manifest uses it"
    assert total == "1 manifests, 1 blobs, 0 files would go, with 7 bytes. Nothing has."
    assert filled.dump() == before


def test_now_removes_just_that(filled: Filled) -> None:
    root = str(filled.settings.root)
    foreseen = json.loads(longshore("gc", "--root", root, "--dry-run", "--json").stdout)
    assert [(one["kind"], one["bytes"]) for one in foreseen] == [("manifest", 0), ("blob", 7)]
    path = filled.file_of(Digest.of(b"garbage"))

    done = longshore("gc", "--root", root, "--now")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Removed 1 manifests and 1 blobs, which sets 7 bytes free;")
    with filled.rows() as rows:  # as if the minute that readers have were over
        rows.execute("UPDATE discarded SET discard_at = 1")
    told = json.loads(longshore("gc", "--root", root, "--now", "--json").stdout)
    assert (told["manifests"], told["blobs"], told["files"]) == (0, 0, 1)
    assert not path.exists()
    assert json.loads(longshore("gc", "--root", root, "--dry-run", "--json").stdout) == []


def test_who_needs_room_gives_up_what_could_be_restored(tmp_path: Path) -> None:
    filled = Filled(tmp_path / "data", grace=3600, window=86400)
    root = str(filled.settings.root)
    pushed = image(filled.push_blob("one", b"config"))
    filled.push("one", pushed, "latest")
    filled.write(manifests.delete, RepositoryName("one"), pushed.digest)
    assert "Manifests in the trash      1\n" in longshore("gc", "--root", root).stdout
    seen = longshore("gc", "--root", root, "--dry-run", "--no-undelete").stdout
    assert seen.endswith("0 manifests, 1 blobs, 0 files would go, with 6 bytes. Nothing has.\n")

    done = longshore("gc", "--root", root, "--no-undelete", "--now", "--gc-grace", "1h")
    assert done.stdout.startswith("Removed 0 manifests and 0 blobs")
    assert done.stderr == "Of 2 contents, none is kept for longer than the grace.\n"
    done = longshore("gc", "--root", root, "--no-undelete", "--now", "--gc-grace", "0")
    assert done.stdout.startswith("Removed 0 manifests and 1 blobs, which sets 6 bytes free;")
    assert list((filled.settings.root / "blobs").rglob("*-*")) == []
    assert "Manifests in the trash      0\n" in longshore("gc", "--root", root).stdout


def test_without_options_the_state_is_shown(filled: Filled) -> None:
    root = str(filled.settings.root)
    shown = longshore("gc", "--root", root).stdout
    assert "Last round                  never\n" in shown
    assert "Contents to look at         4\n" in shown
    longshore("gc", "--root", root, "--now")
    state = json.loads(longshore("gc", "--root", root, "--json").stdout)
    assert state["garbage_queue"] == 0
    assert (state["collected_manifests"], state["collected_blobs"]) == (1, 1)
    assert (state["collected_bytes"], state["discarded_bytes"]) == (7, 7)


def test_looking_and_collecting_at_once_is_a_usage_error(filled: Filled) -> None:
    done = longshore("gc", "--root", str(filled.settings.root), "--dry-run", "--now")
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


def until_closed(terminal: int) -> str:
    """Whatever a terminal is shown; the slower the program, the more it is."""
    seen = b""
    with contextlib.suppress(OSError):  # Linux says so when the other end is closed
        while piece := os.read(terminal, 65536):
            seen += piece
    os.close(terminal)
    return seen.decode()


@pytest.mark.parametrize("words", [["gc", "--now"], ["fsck"]])
def test_a_terminal_sees_progress(filled: Filled, words: list[str], tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    printed = tmp_path / "printed"
    with printed.open("wb") as output:
        files = [theirs, output.fileno(), theirs]
        process = longshore_begun([*words, "--root", str(filled.settings.root)], {}, files)
    os.close(theirs)
    seen = until_closed(ours)
    assert process.wait(60) == 0
    assert "100%" in seen
    assert "100%" not in printed.read_text()
