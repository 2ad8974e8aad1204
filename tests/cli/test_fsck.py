"""`longshore fsck`, as a user types it."""

import json
from pathlib import Path

import pytest

from longshore.oci.digest import Digest
from tests.cli.program import longshore
from tests.content import image
from tests.filled import Filled


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    filled = Filled(tmp_path / "data")
    config = filled.push_blob("one", b"config")
    filled.push("one", image(config, filled.push_blob("one", b"layer")), "latest")
    return filled


def test_nothing_wrong_ends_with_code_0(filled: Filled) -> None:
    done = longshore("fsck", "--root", str(filled.settings.root))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "Checked 2 blobs (11 bytes read) and 1 manifests. Findings that remain: 0; mended: 0.\n"
    )


def test_what_is_wrong_is_told_with_how_to_mend_it(filled: Filled) -> None:
    filled.file_of(Digest.of(b"layer")).unlink()
    root = str(filled.settings.root)
    done = longshore("fsck", "--root", root)
    assert done.returncode == 1
    assert done.stdout.startswith(f"blob-missing  {Digest.of(b'layer')}: sha256/")
    assert "to mend it: fsck --repair, then push it again" in done.stdout

    repaired = longshore("fsck", "--root", root, "--repair")
    assert repaired.returncode == 1
    assert "is missing; mended\n" in repaired.stdout
    assert "to mend it: push that to one again" in repaired.stdout
    filled.push_blob("one", b"layer")
    assert longshore("fsck", "--root", root).returncode == 0


def test_json_has_every_finding(filled: Filled) -> None:
    filled.leave_stray("old")
    root = str(filled.settings.root)
    told = json.loads(longshore("fsck", "--root", root, "--quick", "--json").stdout)
    [finding] = told.pop("findings")
    assert told == {"blobs": 2, "bytes": 0, "manifests": 1, "remaining": 1}
    assert finding == {
        "kind": "stray-file",
        "repository": "",
        "name": "sha256/00/old",
        "problem": "no row knows it",
        "mend": "fsck --repair",
        "is_mended": False,
    }
    told = json.loads(longshore("fsck", "--root", root, "--repair", "--json").stdout)
    assert (told["remaining"], told["findings"][0]["is_mended"]) == (0, True)


def test_a_damaged_database_is_told_as_such(filled: Filled) -> None:
    database = filled.settings.root / "longshore.db"
    content = bytearray(database.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # all but the first page
    database.write_bytes(content)
    done = longshore("fsck", "--root", str(filled.settings.root))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "longshore: the database says: database disk image is malformed\n"


@pytest.mark.parametrize("command", ["fsck", "gc"])
def test_a_folder_without_a_registry_is_an_error_and_stays_empty(
    tmp_path: Path, command: str
) -> None:
    done = longshore(command, "--root", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"longshore: {tmp_path}: no registry has its data here")
    assert "--root" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "told"), [(1, "brings it there"), (99, "start the release that wrote it")]
)
def test_a_database_of_another_release_is_left_alone(
    filled: Filled, version: int, told: str
) -> None:
    with filled.rows() as rows:
        rows.execute(f"PRAGMA user_version = {version}")
    done = longshore("fsck", "--root", str(filled.settings.root))
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
