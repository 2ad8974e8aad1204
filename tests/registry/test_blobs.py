"""The rules of blobs: who sees one, how long it is kept, and when it may go."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import BlobUnknown, ManifestBlobUnknown, StillReferenced
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import blobs, garbage, manifests
from longshore.registry.access import OPEN
from longshore.registry.ports import Transaction
from longshore.registry.records import Discarded, StoredBlob
from tests.backends import HOUR, Time
from tests.content import image

A, B = RepositoryName("a"), RepositoryName("a/b")
BLOB = StoredBlob(Digest.of(b"one"), 3, "key")


async def test_a_blob_is_seen_where_it_was_pushed(metadata: Metadata, time: Time) -> None:
    await metadata.write(blobs.add, A, BLOB)
    assert (await metadata.read(blobs.find, A, BLOB.digest)).kept_until == time.now + HOUR
    with pytest.raises(BlobUnknown) as unknown:
        await metadata.read(blobs.find, B, BLOB.digest)
    assert unknown.value.detail == {"digest": BLOB.digest}


@pytest.mark.parametrize("source", [A, None])
async def test_a_mounted_blob_is_held_by_both(
    metadata: Metadata, source: RepositoryName | None
) -> None:
    await metadata.write(blobs.add, A, BLOB)
    assert await metadata.write(blobs.mount, OPEN, B, BLOB.digest, source)
    await metadata.write(blobs.delete, A, BLOB.digest)
    assert (await metadata.read(blobs.find, B, BLOB.digest)).key == BLOB.key


async def test_what_the_source_does_not_hold_is_not_mounted(metadata: Metadata) -> None:
    await metadata.write(blobs.add, A, BLOB)
    other = Digest.of(b"other")
    assert not await metadata.write(blobs.mount, OPEN, A, BLOB.digest, B)
    assert not await metadata.write(blobs.mount, OPEN, B, other, A)
    assert not await metadata.write(blobs.mount, OPEN, B, other, None)
    assert (await metadata.read(lambda tx: tx.statistics.measure()))["repositories"] == 1


async def collect(metadata: Metadata) -> None:
    while (await metadata.write(garbage.collect)).looked_at:
        pass


async def test_a_promised_blob_is_there_for_the_push_that_relies_on_it(
    metadata: Metadata, time: Time
) -> None:
    await metadata.write(blobs.add, A, BLOB)
    time.advance(HOUR)  # due now
    assert (await blobs.promise(metadata, A, BLOB.digest)).key == BLOB.key
    time.advance(HOUR * 3 // 4 - 1)
    await collect(metadata)
    digest, manifest = image(BLOB.digest)
    await metadata.write(manifests.put, A, digest, manifest, [Tag("one")])
    time.advance(9 * HOUR)
    await collect(metadata)
    assert (await metadata.read(blobs.find, A, BLOB.digest)).key == BLOB.key


async def test_a_promise_writes_only_when_the_last_one_wears_out(
    metadata: Metadata, time: Time
) -> None:
    await metadata.write(blobs.add, A, BLOB)
    first = time.now + HOUR

    async def kept() -> int | None:
        await blobs.promise(metadata, A, BLOB.digest)
        return (await metadata.read(blobs.find, A, BLOB.digest)).kept_until

    time.advance(HOUR // 4)
    assert await kept() == first
    time.advance(1)
    assert await kept() == time.now + HOUR


async def test_what_is_collected_while_it_is_promised_is_unknown(
    metadata: Metadata, time: Time
) -> None:
    await metadata.write(blobs.add, A, BLOB)
    time.advance(HOUR)
    read = metadata.read

    class CollectedBetween:
        """The row goes after it was read and before it is kept."""

        def __init__(self) -> None:
            self.read, self.write = read, self._write

        async def _write(self, rule: object, /, *args: object, **kwargs: object) -> object:
            await collect(metadata)
            return await metadata.write(rule, *args, **kwargs)  # type: ignore[arg-type]

    with pytest.raises(BlobUnknown):
        await blobs.promise(CollectedBetween(), A, BLOB.digest)  # type: ignore[arg-type]
    with pytest.raises(BlobUnknown):
        await blobs.promise(metadata, A, BLOB.digest)


async def test_a_deleted_blob_is_gone_at_once_and_its_bytes_a_little_later(
    metadata: Metadata, time: Time
) -> None:
    def discarded(tx: Transaction) -> list[Discarded]:
        return tx.garbage.discarded(9)

    await metadata.write(blobs.add, A, BLOB)
    await metadata.write(blobs.delete, A, BLOB.digest)
    with pytest.raises(BlobUnknown):
        await metadata.read(blobs.find, A, BLOB.digest)
    with pytest.raises(BlobUnknown):
        await metadata.write(blobs.delete, A, BLOB.digest)
    digest, manifest = image(BLOB.digest)
    with pytest.raises(ManifestBlobUnknown):
        await metadata.write(manifests.put, A, digest, manifest, [])
    assert await metadata.read(discarded) == []
    time.advance(blobs.READERS_GRACE)
    assert await metadata.read(discarded) == [Discarded(BLOB.key, BLOB.size)]


async def test_a_blob_that_a_manifest_needs_is_not_deleted(metadata: Metadata) -> None:
    digest, manifest = image(BLOB.digest)
    for repository in (A, B):
        await metadata.write(blobs.add, repository, BLOB)
    await metadata.write(manifests.put, A, digest, manifest, [])
    with pytest.raises(StillReferenced) as refused:
        await metadata.write(blobs.delete, A, BLOB.digest)
    assert refused.value.detail == {"manifest": digest}
    await metadata.write(blobs.delete, B, BLOB.digest)
    await metadata.write(manifests.delete, A, digest)
    await metadata.write(blobs.delete, A, BLOB.digest)
    assert (await metadata.read(lambda tx: tx.statistics.measure()))["repositories"] == 0
