"""The contract of `ports.Statistics`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredBlob, StoredManifest
from tests.backends import Time
from tests.content import image

A, B = RepositoryName("a"), RepositoryName("a/b")
ONE = StoredBlob(Digest.of(b"one"), 3, "key of one")
FIVE = StoredBlob(Digest.of(b"fives"), 5, "key of five")


async def test_all_rows_are_counted(metadata: Metadata, time: Time) -> None:
    def fill(tx: Transaction) -> None:
        for name in (A, B):
            tx.repositories.add(name)
            tx.blobs.add(name, ONE, time.now + 1)
        tx.blobs.add(A, FIVE, time.now)
        digest, manifest = image(ONE.digest)
        tx.manifests.add(A, digest, manifest, time.now)
        tx.manifests.add(B, digest, manifest, time.now + 1)
        tx.tags.point(A, Tag("one"), digest)

    def measure(tx: Transaction) -> dict[str, int]:
        return dict(tx.statistics.measure())

    def discard(tx: Transaction) -> None:
        tx.blobs.remove(A, FIVE.digest, time.now)
        tx.trash.put(A, StoredManifest(FIVE.digest, "application/x", b"fives", time.now))

    assert set((await metadata.read(measure)).values()) == {0}
    await metadata.write(fill)
    await metadata.write(discard)
    measured = await metadata.read(measure)
    assert measured == {
        "repositories": 2,
        "manifests": 2,
        "tags": 1,
        "blobs": 1,
        "blob_bytes": 3,
        "garbage_queue": 1,
        "discarded_bytes": 5,
        "trash": 1,
    }
    assert {type(amount) for amount in measured.values()} == {int}


async def test_totals_are_replaced_and_added_up(metadata: Metadata) -> None:
    def change(tx: Transaction) -> None:
        tx.statistics.replace({"one": 1, "two": 2})
        tx.statistics.add({"two": 20, "three": 3})
        tx.statistics.add({"three": 30})
        tx.statistics.replace({"one": 5})

    def totals(tx: Transaction) -> dict[str, int]:
        return dict(tx.statistics.totals())

    assert await metadata.read(totals) == {}
    await metadata.write(change)
    assert await metadata.read(totals) == {"one": 5, "two": 22, "three": 33}
