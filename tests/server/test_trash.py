"""What was deleted, in a folder without a server: it is checked, expires, and makes room."""

from pathlib import Path

import pytest

from longshore.oci.names import RepositoryName, Tag
from longshore.registry import manifests, moves, restoring
from longshore.registry.history import Move
from longshore.registry.ports import Transaction
from longshore.registry.refusals import Gone
from longshore.server import maintenance
from longshore.server.collecting import Collector
from longshore.server.logs import make_logger
from longshore.server.wiring import Parts
from tests.content import Pushed, image
from tests.filled import Filled

ONE = RepositoryName("one")


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    """Three images, each of which had a tag and was deleted by its digest."""
    filled = Filled(tmp_path / "data", grace=3600, window=86400)
    config = filled.push_blob("one", b"config")
    for number in range(3):
        pushed: Pushed = image(config, annotations={"n": f"{number}"})
        filled.push("one", pushed, f"{number}")
        filled.write(manifests.delete, ONE, pushed.digest)
    return filled


def findings(filled: Filled, *, repairs: bool = False) -> list[tuple[str, bool]]:
    checked = maintenance.check(
        filled.settings, is_quick=False, repairs=repairs, watch=lambda *_: None
    )
    return [(finding.kind, finding.is_mended) for finding in checked.findings]


def test_what_was_deleted_and_is_damaged_can_not_be_restored(filled: Filled) -> None:
    assert findings(filled) == []
    with filled.rows() as rows:
        rows.execute("UPDATE trash SET content = CAST(content || ' ' AS BLOB) WHERE rowid = 2")
    assert findings(filled) == [("trash-damaged", False)]
    assert findings(filled, repairs=True) == [("trash-damaged", True)]
    assert findings(filled) == []
    for tag in ("0", "2"):
        filled.write(restoring.restore, ONE, Tag(tag))
    with pytest.raises(Gone):
        filled.write(restoring.restore, ONE, Tag("1"))
    assert findings(filled) == []


def test_what_would_go_in_time_is_foreseen(filled: Filled) -> None:
    assert maintenance.foresee(filled.settings) == []
    [blob] = maintenance.foresee(filled.settings, in_time=True)
    assert (blob.kind, blob.bytes) == ("blob", len(b"config"))
    filled.write(restoring.restore, ONE, Tag("1"))
    assert maintenance.foresee(filled.settings, in_time=True) == []


def test_ending_the_window_leaves_the_grace(filled: Filled) -> None:
    assert maintenance.end_undelete(filled.settings, lambda *_: None) == 4
    assert maintenance.end_undelete(filled.settings, lambda *_: None) == 0
    assert maintenance.collect(filled.settings, lambda *_: None).looked_at == 0
    filled.write(restoring.restore, ONE, Tag("1"))


def test_the_collector_forgets_what_is_older_than_histories_are(filled: Filled) -> None:
    def history(tx: Transaction) -> list[Move]:
        found, _ = moves.page(tx, ONE, None, None, 99)
        return found

    async def collect(parts: Parts) -> None:
        await Collector(filled.settings, parts, make_logger(filled.settings)).round()

    whole = filled.read(history)
    assert len(whole) == 6
    with filled.rows() as rows:
        rows.execute("UPDATE tag_moves SET at = 1 WHERE tag = '0'")
    filled.with_parts(collect)
    assert filled.read(history) == whole[:4]
