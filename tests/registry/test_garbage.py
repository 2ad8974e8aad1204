"""The rules of the collector: what goes, what stays, and in which order bytes and rows go."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import BlobUnknown, ManifestUnknown
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import blobs, garbage, manifests, tags, uploads
from longshore.registry.access import OPEN
from longshore.registry.blobs import READERS_GRACE
from longshore.registry.garbage import Collected
from longshore.registry.stores import ByteStore
from tests.backends import HOUR, Time, chunks, save
from tests.content import Pushed, image, index

A, B = RepositoryName("a"), RepositoryName("a/b")
LATEST = Tag("latest")
CONTENT = b"content"
BLOB = Digest.of(CONTENT)


@pytest.fixture
async def held(metadata: Metadata, store: ByteStore) -> Metadata:
    """With a blob in A."""
    upload = await uploads.start(store, A, "sha256")
    await uploads.append(store, A, upload, chunks(CONTENT), None)
    await uploads.finish(store, metadata, A, upload, BLOB)
    return metadata


async def put(metadata: Metadata, one: Pushed, *names: Tag) -> None:
    await metadata.write(manifests.put, A, *one, names)


async def collect(metadata: Metadata) -> Collected:
    total = Collected()
    while (done := await metadata.write(garbage.collect)).looked_at:
        total += done
    return total


async def is_there(metadata: Metadata, digest: Digest) -> bool:
    try:
        await metadata.read(manifests.find, A, digest)
    except ManifestUnknown:
        return False
    return True


async def test_nothing_goes_within_the_grace(held: Metadata, time: Time) -> None:
    await put(held, image(BLOB))
    time.advance(HOUR - 1)
    assert await collect(held) == Collected()
    time.advance(1)
    assert await collect(held) == Collected(2, 1, 1, len(CONTENT))


async def test_what_a_tag_reaches_stays_for_ever(held: Metadata, time: Time) -> None:
    child = image(BLOB)
    parent = index(child.digest)
    signature = image(BLOB, subject=parent.digest)
    await put(held, child)
    await put(held, parent, LATEST)
    await put(held, signature)
    for _ in range(3):
        time.advance(9 * HOUR)
        assert (await collect(held)).manifests == 0
    await held.write(tags.delete, A, LATEST)
    time.advance(HOUR)
    done = await collect(held)
    assert (done.manifests, done.blobs, done.bytes) == (3, 1, len(CONTENT))
    totals = await held.read(lambda tx: tx.statistics.totals())
    assert totals == {
        "collected_manifests": 3,
        "collected_blobs": 1,
        "collected_bytes": len(CONTENT),
    }
    assert set((await held.read(lambda tx: tx.statistics.measure())).values()) == {0, len(CONTENT)}


async def test_what_one_manifest_leaves_another_keeps(held: Metadata, time: Time) -> None:
    first, second = image(BLOB), image(BLOB, annotations={"of": "the second"})
    await put(held, first, LATEST)
    await put(held, second, Tag("second"))
    await held.write(manifests.delete, A, first.digest)
    time.advance(9 * HOUR)
    await collect(held)
    assert (await held.read(blobs.find, A, BLOB)).size == len(CONTENT)
    await held.write(tags.delete, A, Tag("second"))
    time.advance(9 * HOUR)
    await collect(held)
    with pytest.raises(BlobUnknown):
        await held.read(blobs.find, A, BLOB)


async def test_a_tag_that_moves_there_and_back_loses_nothing(held: Metadata, time: Time) -> None:
    first, second = image(BLOB), image(BLOB, annotations={"of": "the second"})
    for one, other in ((first, second), (second, first)) * 3:
        await put(held, one, LATEST)
        await collect(held)
        await put(held, other, LATEST)
        time.advance(HOUR)
        await collect(held)
        assert await is_there(held, other.digest)
        assert not await is_there(held, one.digest)


async def test_a_referrer_comes_back_under_a_subject_that_comes_back(
    held: Metadata, time: Time
) -> None:
    subject = image(BLOB)
    signature = image(BLOB, subject=subject.digest)
    await put(held, subject, LATEST)
    await put(held, signature)
    await held.write(manifests.delete, A, subject.digest)
    time.advance(HOUR - 1)
    await put(held, subject, LATEST)
    time.advance(9 * HOUR)
    await collect(held)
    assert await is_there(held, signature.digest)


async def test_an_index_whose_subject_is_its_child_goes_whole(held: Metadata, time: Time) -> None:
    child = image(BLOB)
    parent = index(child.digest, subject=child.digest)
    await put(held, child)
    await put(held, parent, LATEST)
    time.advance(9 * HOUR)
    assert (await collect(held)).manifests == 0
    await held.write(tags.delete, A, LATEST)
    time.advance(HOUR)
    assert (await collect(held)).manifests == 2


async def test_the_collector_looks_at_few_at_a_time(held: Metadata, time: Time) -> None:
    for number in range(7):
        await put(held, image(BLOB, annotations={"number": str(number)}))
    time.advance(HOUR)
    looked = []
    while (done := await held.write(garbage.collect, 3)).looked_at:
        looked.append(done.looked_at)
    assert looked == [3, 3, 2]


async def test_bytes_go_after_rows_and_after_their_readers(
    held: Metadata, store: ByteStore, time: Time
) -> None:
    path = store.path((await held.read(blobs.find, A, BLOB)).key)
    time.advance(HOUR)
    await collect(held)
    assert await garbage.unlink(held, store) == 0
    assert path.read_bytes() == CONTENT
    time.advance(READERS_GRACE)
    assert await garbage.unlink(held, store) == 1
    assert not path.exists()
    assert await garbage.unlink(held, store) == 0
    assert set((await held.read(lambda tx: tx.statistics.measure())).values()) == {0}


async def test_bytes_that_can_not_go_hold_up_no_others(
    held: Metadata, store: ByteStore, time: Time
) -> None:
    stuck = store.path((await held.read(blobs.find, A, BLOB)).key)
    other = await save(store, b"other")
    await held.write(blobs.add, A, other)
    time.advance(HOUR)
    await collect(held)
    time.advance(READERS_GRACE)
    stuck.unlink()
    stuck.mkdir()  # which nobody can unlink
    with pytest.raises(OSError, match=stuck.name):
        await garbage.unlink(held, store)
    assert not store.path(other.key).exists()
    stuck.rmdir()
    assert await garbage.unlink(held, store) == 1


async def test_bytes_pushed_again_meanwhile_are_not_those_that_go(
    held: Metadata, store: ByteStore, time: Time
) -> None:
    time.advance(HOUR)
    await collect(held)
    again = await save(store, CONTENT)
    await held.write(blobs.add, A, again)
    time.advance(READERS_GRACE)
    assert await garbage.unlink(held, store) == 1
    found = await held.read(blobs.find, A, BLOB)
    assert store.path(found.key).read_bytes() == CONTENT


async def test_a_blob_of_two_repositories_goes_with_the_last(
    held: Metadata, store: ByteStore, time: Time
) -> None:
    await held.write(blobs.mount, OPEN, B, BLOB, A)
    digest, manifest = image(BLOB)
    await held.write(manifests.put, B, digest, manifest, [LATEST])
    time.advance(HOUR)
    done = await collect(held)
    assert (done.blobs, done.bytes) == (1, 0)
    time.advance(READERS_GRACE)
    assert await garbage.unlink(held, store) == 0
    found = await held.read(blobs.find, B, BLOB)
    assert store.path(found.key).read_bytes() == CONTENT


async def test_strays_are_bytes_that_no_row_knows(held: Metadata, store: ByteStore) -> None:
    stray = await save(store, b"of a push that ended before its row")
    known = (await held.read(blobs.find, A, BLOB)).key
    assert await held.read(garbage.strays, [known, stray.key]) == [stray.key]
    await held.write(blobs.delete, A, BLOB)
    assert await held.read(garbage.strays, [known]) == []  # discarded, and known for that


async def test_an_upload_that_ends_after_its_repository_went_makes_it_again(
    held: Metadata, store: ByteStore, time: Time
) -> None:
    upload = await uploads.start(store, A, "sha256")
    await uploads.append(store, A, upload, chunks(b"late"), None)
    time.advance(HOUR)
    await collect(held)
    assert (await held.read(lambda tx: tx.statistics.measure()))["repositories"] == 0
    await uploads.finish(store, held, A, upload, Digest.of(b"late"))
    assert (await held.read(blobs.find, A, Digest.of(b"late"))).size == 4
