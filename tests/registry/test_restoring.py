"""The rules of going back: what a tag was before, what comes back for it, and what can not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestUnknown, QuotaExceeded
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import blobs, garbage, manifests, quotas, referrers, restoring, tags
from longshore.registry.directory import Quota
from longshore.registry.history import Move, Origin
from longshore.registry.patterns import Pattern
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredBlob
from longshore.registry.refusals import Gone, Unknown
from longshore.registry.tags import Terms
from tests.backends import HOUR, METADATA, Time
from tests.content import Pushed, image, index
from tests.registry.acts import act

A = RepositoryName("a")
V1, V2 = Tag("v1"), Tag("v2")
DAY = 24 * HOUR
BLOB, LAYER = (StoredBlob(Digest.of(one), 3, f"key of {one!r}") for one in (b"one", b"two"))
FIRST, SECOND = image(BLOB.digest, LAYER.digest), image(BLOB.digest)
ORIGIN = Origin("0ff1ce", "https://example.com/app", "develop")


@pytest.fixture(params=METADATA)
def metadata(request: pytest.FixtureRequest, tmp_path: Path, time: Time) -> Iterator[Metadata]:
    """Rows with an undelete window of a day, and a grace of an hour."""
    with METADATA[request.param](tmp_path, HOUR, time, window=DAY) as opened:
        yield opened


@pytest.fixture
async def filled(metadata: Metadata) -> Metadata:
    """With an image under v1, which was another one before."""
    for blob in (BLOB, LAYER):
        await metadata.write(blobs.add, A, blob)
    await metadata.write(manifests.put, A, *FIRST, [V1], Terms(origin=ORIGIN))
    await metadata.write(manifests.put, A, *SECOND, [V1])
    return metadata


async def named(metadata: Metadata, tag: Tag = V1) -> Digest | None:
    return await metadata.read(lambda tx: tx.tags.find(A, tag))


async def is_there(metadata: Metadata, one: Pushed) -> bool:
    return await metadata.read(lambda tx: tx.manifests.by_digest(A, one.digest)) is not None


async def collect(metadata: Metadata) -> None:
    while (await metadata.write(garbage.collect)).looked_at:
        pass


async def restore(metadata: Metadata, digest: Digest | None = None, tag: Tag = V1) -> None:
    await metadata.write(restoring.restore, A, tag, digest)


def last(tx: Transaction) -> Move | None:
    return tx.history.last(A, V1)


async def test_a_tag_goes_back_to_what_it_was_before_it_moved(filled: Metadata) -> None:
    await restore(filled)
    assert await named(filled) == FIRST.digest
    await restore(filled)
    assert await named(filled) == SECOND.digest


async def test_a_tag_that_was_deleted_comes_back(filled: Metadata) -> None:
    await filled.write(tags.delete, A, V1)
    await restore(filled)
    assert await named(filled) == SECOND.digest


async def test_a_digest_names_any_image_of_the_repository(filled: Metadata) -> None:
    await restore(filled, FIRST.digest, V2)
    assert (await named(filled, V2), await named(filled, V1)) == (FIRST.digest, SECOND.digest)


async def test_a_restoration_is_a_move_with_the_origin_of_the_image(filled: Metadata) -> None:
    await restore(filled)
    move = await filled.read(last)
    assert move is not None
    assert (move.former, move.digest) == (SECOND.digest, FIRST.digest)
    assert (move.cause, move.origin) == ("restore", ORIGIN)


async def test_it_has_its_line_in_the_audit_log(filled: Metadata) -> None:
    left = await act(filled, restoring.restore, A, V1)
    detail = {"digest": FIRST.digest, "former": SECOND.digest}
    assert left.lines == [("tag.restore", "a:v1", detail)]


async def test_a_plan_changes_nothing(filled: Metadata) -> None:
    await filled.write(manifests.delete, A, FIRST.digest)
    planned = await filled.read(restoring.plan, A, V1)
    assert (planned.former, planned.digest) == (SECOND.digest, FIRST.digest)
    assert [stored.digest for stored in planned.revived] == [FIRST.digest]
    assert await named(filled) == SECOND.digest
    assert not await is_there(filled, FIRST)


async def test_what_a_tag_names_already_is_no_move(filled: Metadata) -> None:
    before = await filled.read(last)
    left = await act(filled, restoring.restore, A, V1, SECOND.digest)
    assert left.lines == []
    assert await filled.read(last) == before


async def test_of_a_repository_that_is_not_there_that_is_said(filled: Metadata) -> None:
    with pytest.raises(Unknown, match="there is no repository a/b, and no history of one"):
        await filled.read(restoring.plan, RepositoryName("a/b"), V1)


@pytest.mark.parametrize("tag", [V2, Tag("never")])
async def test_without_a_before_there_is_nothing_to_go_back_to(filled: Metadata, tag: Tag) -> None:
    await filled.write(manifests.put, A, *SECOND, [V2])
    with pytest.raises(Unknown):
        await restore(filled, tag=tag)


async def test_what_was_deleted_by_its_digest_is_out_of_sight_and_comes_back(
    filled: Metadata, time: Time
) -> None:
    signature = image(BLOB.digest, subject=SECOND.digest)
    await filled.write(manifests.put, A, *signature, [])
    await filled.write(manifests.delete, A, SECOND.digest)
    with pytest.raises(ManifestUnknown):
        await filled.read(manifests.find, A, SECOND.digest)
    assert await named(filled) is None
    time.advance(DAY - 1)
    await collect(filled)
    await restore(filled)
    stored = await filled.read(manifests.find, A, V1)
    assert stored.content == SECOND.manifest.content
    listed, _ = await filled.read(referrers.page, A, SECOND.digest, None, "")
    assert [one.digest for one in listed] == [signature.digest]
    time.advance(9 * DAY)
    await collect(filled)
    for one in (SECOND, signature):
        assert await is_there(filled, one)


async def test_within_the_window_everything_of_it_stays_and_then_nothing(
    filled: Metadata, time: Time
) -> None:
    """An index with a signed child, tagged until the tag is deleted."""
    child = image(LAYER.digest)
    signature = image(BLOB.digest, subject=child.digest)
    parent = index(child.digest)
    for one in (child, signature, parent):
        await filled.write(manifests.put, A, *one, [V2] if one is parent else [])
    time.advance(9 * DAY)
    await collect(filled)
    await filled.write(tags.delete, A, V2)
    time.advance(DAY - 1)
    await collect(filled)
    for one in (child, signature, parent):
        assert await is_there(filled, one)
    time.advance(1)
    await collect(filled)
    for one in (child, signature, parent):
        assert not await is_there(filled, one)
    with pytest.raises(Gone):
        await restore(filled, tag=V2)


async def test_an_index_comes_back_with_children_that_were_deleted_after_it(
    filled: Metadata,
) -> None:
    child = image(LAYER.digest, annotations={"of": "the child"})
    inner = index(child.digest)
    outer = index(inner.digest, child.digest)
    for one in (child, inner, outer):
        await filled.write(manifests.put, A, *one, [V2] if one is outer else [])
    for one in (outer, inner, child):
        await filled.write(manifests.delete, A, one.digest)
    await restore(filled, tag=V2)
    assert await named(filled, V2) == outer.digest
    for one in (child, inner):
        assert await is_there(filled, one)
    assert await filled.read(lambda tx: tx.trash.page(("", ""), 9)) == []
    assert await filled.read(lambda tx: tx.manifests.parent(A, child.digest)) is not None


async def test_the_window_ends_for_what_was_deleted_by_its_digest(
    filled: Metadata, time: Time
) -> None:
    await filled.write(manifests.delete, A, SECOND.digest)
    time.advance(DAY)
    with pytest.raises(Gone, match="window has passed"):
        await restore(filled)
    await collect(filled)
    measured = await filled.read(lambda tx: tx.statistics.measure())
    assert set(measured.values()) <= {0, BLOB.size + LAYER.size}  # bytes that wait to be unlinked


async def test_what_it_needs_may_have_been_deleted_by_hand(filled: Metadata) -> None:
    for digest in (FIRST.digest, SECOND.digest):
        await filled.write(manifests.delete, A, digest)
    await filled.write(blobs.delete, A, LAYER.digest)
    with pytest.raises(Gone, match=str(LAYER.digest)) as refused:
        await restore(filled, FIRST.digest)
    assert refused.value.detail == {"digest": FIRST.digest, "missing": LAYER.digest}
    await restore(filled, SECOND.digest)


async def test_a_repository_comes_back_with_its_last_tag_where_a_quota_lets_it(
    metadata: Metadata,
) -> None:
    empty = index()
    await metadata.write(manifests.put, A, *empty, [V1])
    await metadata.write(manifests.delete, A, empty.digest)
    assert (await metadata.read(lambda tx: tx.statistics.measure()))["repositories"] == 0
    await metadata.write(quotas.put, Quota(Pattern("**"), None, 0))
    with pytest.raises(QuotaExceeded):
        await restore(metadata)
    await metadata.write(quotas.remove, Pattern("**"))
    await restore(metadata)
    assert await named(metadata) == empty.digest


async def test_who_needs_room_ends_the_window_but_not_the_grace(
    filled: Metadata, time: Time
) -> None:
    await filled.write(manifests.delete, A, SECOND.digest)
    assert await filled.write(garbage.hasten) > 0
    assert await filled.write(garbage.hasten) == 0
    time.advance(HOUR - 1)
    await collect(filled)
    assert await is_there(filled, FIRST)
    time.advance(1)
    await collect(filled)
    assert not await is_there(filled, FIRST)
    with pytest.raises(Gone):
        await restore(filled)
