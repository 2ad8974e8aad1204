"""The rules of uploads: whose they are, and what a finished one becomes."""

import asyncio
import uuid

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import (
    BlobUploadUnknown,
    DigestInvalid,
    SizeInvalid,
    StorageFull,
    UploadOutOfOrder,
)
from longshore.oci.names import RepositoryName
from longshore.oci.ranges import ByteRange
from longshore.registry import blobs, uploads
from longshore.registry.stores import ByteStore
from longshore.registry.uploads import LastChunk
from tests.backends import chunks

A, B = RepositoryName("a"), RepositoryName("a/b")
CONTENT = b"some content"
DIGEST = Digest.of(CONTENT)


async def begin(store: ByteStore, content: bytes = CONTENT, repository: RepositoryName = A) -> str:
    upload = await uploads.start(store, repository, "sha256")
    await uploads.append(store, repository, upload, chunks(content), None)
    return upload


async def test_an_id_is_a_uuid_that_carries_its_repository() -> None:
    ids = {uploads.new_id(A) for _ in range(100)}
    assert len(ids) == 100
    assert all(str(uuid.UUID(one)) == one for one in ids)
    assert {uuid.UUID(one).version for one in ids} == {8}
    assert len({one[:13] for one in ids}) == 1
    assert uploads.new_id(B)[:13] not in {one[:13] for one in ids}


async def test_an_upload_of_another_repository_is_unknown(
    store: ByteStore, metadata: Metadata
) -> None:
    upload = await begin(store)
    for attempt in (
        uploads.size(store, B, upload),
        uploads.append(store, B, upload, chunks(b"x"), None),
        uploads.cancel(store, B, upload),
        uploads.finish(store, metadata, B, upload, DIGEST),
    ):
        with pytest.raises(BlobUploadUnknown):
            await attempt
    assert await uploads.size(store, A, upload) == len(CONTENT)


@pytest.mark.parametrize(
    "ending", ["", "x" * 300, "\0", "-/../../longshore.db", "-A000-a000-000000000000", "\n"]
)
async def test_what_has_not_the_form_of_an_id_never_reaches_the_store(
    store: ByteStore, ending: str
) -> None:
    beginning = uploads.new_id(A)[:15]
    with pytest.raises(BlobUploadUnknown):
        await uploads.size(store, A, beginning + ending)


async def test_chunks_come_at_their_places(store: ByteStore, metadata: Metadata) -> None:
    upload = await uploads.start(store, A, "sha512")
    assert await uploads.append(store, A, upload, chunks(CONTENT[:5]), ByteRange(0, 5)) == 5
    with pytest.raises(UploadOutOfOrder):
        await uploads.append(store, A, upload, chunks(CONTENT[4:]), ByteRange(4, 12))
    with pytest.raises(SizeInvalid):
        await uploads.append(store, A, upload, chunks(CONTENT[5:7]), ByteRange(5, 12))
    assert await uploads.size(store, A, upload) == 7
    last = LastChunk(chunks(CONTENT[7:]), ByteRange(7, 12))
    stored = await uploads.finish(store, metadata, A, upload, DIGEST, last)
    assert store.path(stored.key).read_bytes() == CONTENT


async def test_a_last_chunk_may_come_without_its_place(
    store: ByteStore, metadata: Metadata
) -> None:
    upload = await begin(store, CONTENT[:5])
    misplaced = LastChunk(chunks(CONTENT[5:]), ByteRange(0, 7))
    with pytest.raises(UploadOutOfOrder):
        await uploads.finish(store, metadata, A, upload, DIGEST, misplaced)
    last = LastChunk(chunks(CONTENT[5:]))
    stored = await uploads.finish(store, metadata, A, upload, DIGEST, last)
    assert store.path(stored.key).read_bytes() == CONTENT


async def test_an_unknown_algorithm_begins_nothing(store: ByteStore) -> None:
    with pytest.raises(DigestInvalid):
        await uploads.start(store, A, "md5")
    assert await store.expire(1 << 60) == (0, 0)


async def test_a_finished_upload_is_a_blob_of_its_repository(
    store: ByteStore, metadata: Metadata
) -> None:
    stored = await uploads.finish(store, metadata, A, await begin(store), DIGEST)
    found = await metadata.read(blobs.find, A, DIGEST)
    assert (found.key, found.size) == (stored.key, len(CONTENT))
    assert store.path(found.key).read_bytes() == CONTENT


async def test_a_wrong_digest_leaves_neither_bytes_nor_rows(
    store: ByteStore, metadata: Metadata
) -> None:
    upload = await begin(store)
    with pytest.raises(DigestInvalid):
        await uploads.finish(store, metadata, A, upload, Digest.of(b"other"))
    with pytest.raises(BlobUploadUnknown):
        await uploads.size(store, A, upload)
    assert list(store.list()) == []
    assert set((await metadata.read(lambda tx: tx.statistics.measure())).values()) == {0}


async def test_finishers_of_one_digest_all_succeed_and_leave_one_file(
    store: ByteStore, metadata: Metadata
) -> None:
    ids = [await begin(store) for _ in range(5)]
    finishing = (uploads.finish(store, metadata, A, upload, DIGEST) for upload in ids)
    stored = await asyncio.gather(*finishing)
    assert len({one.key for one in stored}) == 1
    assert [key for key, _ in store.list()] == [stored[0].key]
    assert store.path(stored[0].key).read_bytes() == CONTENT


async def test_a_push_mends_a_blob_whose_bytes_are_gone(
    store: ByteStore, metadata: Metadata
) -> None:
    first = await uploads.finish(store, metadata, A, await begin(store), DIGEST)
    store.path(first.key).unlink()
    again = await uploads.finish(store, metadata, B, await begin(store, repository=B), DIGEST)
    for repository in (A, B):
        found = await metadata.read(blobs.find, repository, DIGEST)
        assert (found.key, found.size) == (again.key, len(CONTENT))
    assert store.path(again.key).read_bytes() == CONTENT


async def test_a_cancelled_upload_is_unknown(store: ByteStore) -> None:
    upload = await begin(store)
    await uploads.cancel(store, A, upload)
    for attempt in (uploads.cancel(store, A, upload), uploads.size(store, A, upload)):
        with pytest.raises(BlobUploadUnknown):
            await attempt


async def test_bytes_for_whose_row_there_is_no_room_go_at_once(store: ByteStore) -> None:
    class Full:
        async def write(self, *_: object) -> object:
            raise StorageFull

    upload = await begin(store)
    with pytest.raises(StorageFull):
        await uploads.finish(store, Full(), A, upload, DIGEST)  # type: ignore[arg-type]
    assert list(store.list()) == []
