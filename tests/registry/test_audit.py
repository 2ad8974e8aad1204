"""The rules of the audit log: what a line holds, and when it goes."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import StillReferenced
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import audit, blobs, manifests, tags
from longshore.registry.directory import Entry, Wanted
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredBlob
from tests.backends import Time
from tests.content import image, index
from tests.registry.acts import ACTOR, act

A = RepositoryName("a")
BLOB = StoredBlob(Digest.of(b"one"), 3, "key")
FIRST, SECOND = index(), index(annotations={"of": "the second"})


def all_lines(tx: Transaction) -> list[Entry]:
    return tx.audit.page(0, 99)


async def test_a_line_says_who_did_what_when(metadata: Metadata, time: Time) -> None:
    await metadata.by(ACTOR).write(audit.record, "act", "target", number=1)
    await metadata.by(ACTOR).write(audit.refuse, "act", "target", "no")
    done, refused = await metadata.read(all_lines)
    assert done == Entry(done.id, time.now, ACTOR, "act", "target", "done", {"number": 1})
    assert refused == Entry(
        refused.id, time.now, ACTOR, "act", "target", "refused", {"reason": "no"}
    )


async def test_pushes_say_what_their_tags_were(metadata: Metadata) -> None:
    left = await act(metadata, manifests.put, A, *FIRST, [Tag("v1"), Tag("v2"), Tag("v1")])
    place = f"a@{FIRST.digest}"
    assert left.lines == [("push", place, {"tags": {"v1": None, "v2": None}})]
    left = await act(metadata, manifests.put, A, *SECOND, [Tag("v1")])
    assert left.lines == [("push", f"a@{SECOND.digest}", {"tags": {"v1": FIRST.digest}})]
    left = await act(metadata, manifests.put, A, *FIRST, [])
    assert left.lines == [("push", place, {"tags": {}})]
    assert not left.is_told


async def test_what_is_deleted_has_its_line(metadata: Metadata) -> None:
    await metadata.write(manifests.put, A, *FIRST, [Tag("v1")])
    await metadata.write(blobs.add, A, BLOB)
    left = await act(metadata, tags.delete, A, Tag("v1"))
    assert left.lines == [("tag.delete", "a:v1", {"digest": FIRST.digest})]
    left = await act(metadata, manifests.delete, A, FIRST.digest)
    assert left.lines == [("manifest.delete", f"a@{FIRST.digest}", {})]
    left = await act(metadata, blobs.delete, A, BLOB.digest)
    assert left.lines == [("blob.delete", f"a@{BLOB.digest}", {})]


async def test_what_was_not_done_has_no_line_of_its_being_done(metadata: Metadata) -> None:
    await metadata.write(blobs.add, A, BLOB)
    await metadata.write(manifests.put, A, *image(BLOB.digest), [])
    before = await metadata.read(all_lines)
    with pytest.raises(StillReferenced):
        await metadata.write(blobs.delete, A, BLOB.digest)
    assert await metadata.read(all_lines) == before


async def test_old_lines_go_some_at_a_time(
    metadata: Metadata, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "EXPIRE_AT_ONCE", 2)
    for number in range(5):
        await metadata.write(audit.record, "act", str(number))
        time.advance(10)
    before = time.now - 20  # when the fourth was written
    gone = [await metadata.write(audit.expire, before) for _ in range(3)]
    assert gone == [2, 1, 0]
    assert [line.target for line in await metadata.read(all_lines)] == ["3", "4"]


async def test_lines_are_read_from_the_end_or_after_one(metadata: Metadata) -> None:
    for number in range(4):
        await metadata.write(audit.record, "act", str(number % 2))
    lines = await metadata.read(all_lines)
    assert await metadata.read(audit.latest, None, 2) == lines[2:]
    assert await metadata.read(audit.page, 0, 2) == lines[:2]
    assert await metadata.read(audit.page, lines[0].id, 1, Wanted(target="0")) == [lines[2]]
