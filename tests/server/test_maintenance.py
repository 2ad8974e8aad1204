"""`check` finds and mends what a test breaks; `foresee` tells what `collect` then does."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestBlobUnknown
from longshore.registry.fsck import Finding
from longshore.server import maintenance
from longshore.server.checking import Checked
from tests.content import image, index
from tests.filled import Filled


def check(filled: Filled, *, quick: bool = False, repairs: bool = False) -> Checked:
    return maintenance.check(
        filled.settings, is_quick=quick, repairs=repairs, watch=lambda *_: None
    )


def kinds(checked: Checked) -> list[str]:
    return sorted(finding.kind for finding in checked.findings)


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    """Two repositories: images, an index, a referrer, a layer that both hold, and tags."""
    filled = Filled(tmp_path / "data", grace=3600)
    with filled.held():
        for repository in ("one", "two/deep"):
            _fill(filled, repository)
    return filled


def _fill(filled: Filled, repository: str) -> None:
    config, base, layer = (
        filled.push_blob(repository, content)
        for content in (f"config of {repository}".encode(), b"base", b"layer" * 1000)
    )
    image_digest = filled.push(repository, image(config, base, layer), "latest", "1.0")
    filled.push(repository, image(config, base, annotations={"n": "2"}), "small")
    filled.push(repository, image(config, subject=image_digest, artifact_type="a/b"))
    filled.push(repository, index(image_digest), "multi")


def test_what_is_sound_has_no_findings_and_stays_as_it_is(filled: Filled) -> None:
    before = filled.dump()
    checked = check(filled, repairs=True)
    assert checked.findings == []
    assert (checked.blobs, checked.manifests) == (4, 8)
    assert checked.bytes == sum(
        path.stat().st_size for path in (filled.settings.root / "blobs").rglob("*-*")
    )
    assert filled.dump() == before


def test_a_check_leaves_its_time_and_findings_in_the_totals(filled: Filled) -> None:
    filled.leave_stray("a")
    check(filled)
    state = maintenance.state(filled.settings)
    assert state["fsck_findings"] == 1
    assert state["fsck_last_run_seconds"] > 0


def _truncate(path: Path) -> None:
    os.truncate(path, 3)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[7] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "kind"),
    [(Path.unlink, "blob-missing"), (_truncate, "blob-damaged"), (_flip, "blob-damaged")],
)
def test_a_lost_layer_comes_back_by_pushing_it_again(
    filled: Filled, damage: Callable[[Path], None], kind: str
) -> None:
    layer = Digest.of(b"layer" * 1000)
    damage(filled.file_of(layer))
    assert kinds(check(filled)) == [kind]

    mended = check(filled, repairs=True)
    assert kinds(mended) == [kind, "manifest-incomplete", "manifest-incomplete"]
    told = [finding for finding in mended.findings if not finding.is_mended]
    assert [(finding.repository, finding.mend) for finding in told] == [
        ("one", "push that to one again"),
        ("two/deep", "push that to two/deep again"),
    ]
    assert all(str(layer) in finding.problem for finding in told)
    with pytest.raises(ManifestBlobUnknown):
        filled.push("one", image(layer))

    filled.push_blob("one", b"layer" * 1000)
    filled.push_blob("two/deep", b"layer" * 1000)
    assert check(filled).findings == []
    with filled.rows() as rows:  # as if its grace had passed
        rows.execute("UPDATE links SET kept_until = 1")
    maintenance.collect(filled.settings, lambda *_: None)
    assert check(filled).findings == []
    assert filled.file_of(layer).read_bytes() == b"layer" * 1000


def test_a_quick_check_sees_lengths_and_not_bytes(filled: Filled) -> None:
    _flip(filled.file_of(Digest.of(b"layer" * 1000)))
    assert check(filled, quick=True).findings == []
    _truncate(filled.file_of(Digest.of(b"layer" * 1000)))
    assert kinds(check(filled, quick=True)) == ["blob-damaged"]


def test_nothing_is_given_up_when_the_disk_with_the_blobs_is_not_there(tmp_path: Path) -> None:
    filled = Filled(tmp_path / "data")
    for number in range(12):
        filled.push_blob("one", b"%d" % number)
    before = filled.dump()
    for path in (filled.settings.root / "blobs").rglob("*-*"):
        path.unlink()
    checked = check(filled, repairs=True)
    assert (len(checked.findings), checked.remaining) == (12, 12)
    assert "bring the disk" in checked.findings[0].mend
    assert filled.dump() == before


def test_a_file_that_can_not_be_read_is_kept(filled: Filled) -> None:
    path = filled.file_of(Digest.of(b"base"))
    content = path.read_bytes()
    path.unlink()
    path.symlink_to(path)  # an error for whoever asks
    [finding] = check(filled, repairs=True).findings
    assert (finding.kind, finding.is_mended) == ("blob-unreadable", False)
    path.unlink()
    path.write_bytes(content)
    assert check(filled).findings == []


def test_old_strays_go_and_young_ones_may_be_a_push(filled: Filled) -> None:
    old, young = filled.leave_stray("old"), filled.leave_stray("young", time.time())
    assert kinds(check(filled)) == ["stray-file"]
    assert check(filled, repairs=True).remaining == 0
    assert (old.exists(), young.exists()) == (False, True)
    assert check(filled).findings == []


# What each statement breaks in the rows; the repair brings back what was there.
BROKEN = {
    "links of a manifest": "DELETE FROM manifest_blobs WHERE manifest_id = 1",
    "a wrong link": "UPDATE manifest_blobs SET link_id = 4 WHERE link_id = 1 AND manifest_id = 2",
    "edges": "DELETE FROM manifest_edges",
    "a wrong edge": "UPDATE manifest_edges SET held_id = 2 WHERE is_part = 1 AND holder_id = 4",
    "mentions": "DELETE FROM mentions",
    "another artifact type": "UPDATE manifests SET artifact_type = 'x/y' WHERE id = 3",
    "no subject": "UPDATE manifests SET subject = NULL WHERE id = 3",
    "annotations": "UPDATE manifests SET annotations = '{}' WHERE id = 2",
}


@pytest.mark.parametrize("statement", BROKEN.values(), ids=BROKEN.keys())
def test_rows_that_content_says_are_written_again(filled: Filled, statement: str) -> None:
    before = sorted(filled.dump())
    with filled.rows() as rows:
        assert rows.execute(statement).rowcount
    assert set(kinds(check(filled))) == {"references-wrong"}
    assert check(filled, repairs=True).remaining == 0
    assert check(filled).findings == []
    assert sorted(filled.dump()) == before


LEFT_OVER = {
    "an empty repository": ("INSERT INTO repositories (name) VALUES ('empty')", "repository-empty"),
    "a blob of nobody": (
        "INSERT INTO blobs (digest, size, key) VALUES ('{digest}', 5, 'sha256/00/stray')",
        "blob-unheld",
    ),
    "a discarded file that is gone": (
        "INSERT INTO discarded VALUES ('sha256/00/gone', 5, 1)",
        "discarded-missing",
    ),
    "an edge to nothing": ("INSERT INTO manifest_edges VALUES (1, 999, 1)", "row-loose"),
    "a use by nobody": ("INSERT INTO manifest_blobs VALUES (999, 1)", "row-loose"),
    "a mention by nobody": ("INSERT INTO mentions VALUES (1, 'sha256:0', 999, 0)", "row-loose"),
    "a link to nothing": (
        "INSERT INTO links (repository_id, blob_id) VALUES (1, 999)",
        "row-loose",
    ),
}


@pytest.mark.parametrize(("statement", "kind"), LEFT_OVER.values(), ids=LEFT_OVER.keys())
def test_what_is_left_over_is_removed(filled: Filled, statement: str, kind: str) -> None:
    filled.leave_stray("stray", written=2e9)
    with filled.rows() as rows:
        rows.execute(statement.format(digest=Digest.of(b"stray")))
    assert kinds(check(filled)) == [kind]
    assert check(filled, repairs=True).remaining == 0
    assert check(filled).findings == []


KEPT = {
    "a tag of nothing": ("UPDATE tags SET manifest_id = 999 WHERE name = 'small'", "tag-broken"),
    "a tag of elsewhere": ("UPDATE tags SET manifest_id = 8 WHERE name = '1.0'", "tag-broken"),
    "damaged bytes": (
        "UPDATE manifests SET content = CAST(content || ' ' AS BLOB) WHERE id = 2",
        "manifest-damaged",
    ),
}


@pytest.mark.parametrize(("statement", "kind"), KEPT.values(), ids=KEPT.keys())
def test_what_only_a_user_can_mend_remains_with_a_reason(
    filled: Filled, statement: str, kind: str
) -> None:
    with filled.rows() as rows:
        rows.execute(statement)
    broken = filled.dump()
    checked = check(filled, repairs=True)
    assert set(kinds(checked)) == {kind}
    assert checked.remaining == len(checked.findings)
    assert all("push" in finding.mend for finding in checked.findings)
    assert filled.dump() == broken


def test_a_missing_child_is_named(filled: Filled) -> None:
    with filled.rows() as rows:
        for table, column in (
            ("manifest_blobs", "manifest_id"),
            ("mentions", "manifest_id"),
            ("manifest_edges", "holder_id"),
            ("manifest_edges", "held_id"),
            ("tags", "manifest_id"),
            ("manifests", "id"),
        ):
            rows.execute(f"DELETE FROM {table} WHERE {column} = 1")  # noqa: S608
    [finding] = check(filled, repairs=True).findings
    assert isinstance(finding, Finding)
    assert finding.kind == "manifest-incomplete"
    assert finding.problem.startswith("the manifest sha256:")
