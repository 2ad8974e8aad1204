"""The rules of a check: what is mended is looked at again, since the registry goes on meanwhile."""

from msgspec.structs import replace

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry import blobs, fsck, manifests
from longshore.registry.records import StoredBlob
from tests.content import index

A = RepositoryName("a")
BLOB = StoredBlob(Digest.of(b"one"), 3, "key")
FORMER = BLOB._replace(key="a former key")
EMPTY = index()


async def test_a_blob_that_has_other_bytes_by_now_is_not_lost(metadata: Metadata) -> None:
    await metadata.write(blobs.add, A, BLOB)
    await metadata.write(fsck.lose, FORMER)
    assert (await metadata.read(blobs.find, A, BLOB.digest)).key == BLOB.key
    await metadata.write(fsck.lose, BLOB)
    assert await metadata.read(lambda tx: tx.blobs.find_anywhere(BLOB.digest)) is None


async def test_a_blob_that_a_repository_holds_by_now_is_not_discarded(metadata: Metadata) -> None:
    await metadata.write(blobs.add, A, BLOB)
    for blob in (BLOB, FORMER):
        await metadata.write(fsck.lose_unheld, blob)
    assert await metadata.read(lambda tx: tx.blobs.find_anywhere(BLOB.digest)) == BLOB


async def test_what_is_no_manifest_is_found_though_its_digest_is_right(metadata: Metadata) -> None:
    content = b"no manifest"
    damaged = replace(EMPTY.manifest, content=content)
    await metadata.write(manifests.put, A, Digest.of(content), damaged, [])
    page = await metadata.read(fsck.manifests, A, "")
    assert [one.kind for one in page.findings] == ["manifest-damaged"]


async def test_a_manifest_that_is_gone_is_not_recorded_again(metadata: Metadata) -> None:
    await metadata.write(fsck.record_again, A, EMPTY.digest)
    assert await metadata.read(lambda tx: tx.manifests.by_digest(A, EMPTY.digest)) is None
