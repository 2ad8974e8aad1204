"""The contract of `history.Trash`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredBlob, StoredManifest
from tests.backends import Time
from tests.content import image

A, B = RepositoryName("a"), RepositoryName("a/b")
ONE = StoredManifest(Digest.of(b"one"), "application/x.one", b"one", 10)
TWO = StoredManifest(Digest.of(b"two", "sha512"), "application/x.two", b"two", 20)
BLOB = StoredBlob(Digest.of(b"blob"), 4, "key")


async def test_a_manifest_comes_back_as_it_was_put(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.trash.find(A, ONE.digest) is None
        tx.trash.put(A, ONE)
        tx.trash.put(B, TWO)
        assert tx.trash.find(A, ONE.digest) == ONE
        assert tx.trash.find(B, TWO.digest) == TWO
        assert tx.trash.find(B, ONE.digest) is None
        tx.trash.remove(A, ONE.digest)
        tx.trash.remove(A, TWO.digest)
        assert tx.trash.find(A, ONE.digest) is None
        assert tx.trash.find(B, TWO.digest) == TWO

    await metadata.write(check)


async def test_what_is_put_again_is_kept_for_the_longer_of_both(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        tx.trash.put(A, ONE)
        later = ONE._replace(kept_until=30, media_type="application/x.other")
        tx.trash.put(A, later)
        assert tx.trash.find(A, ONE.digest) == later
        tx.trash.put(A, ONE)
        assert tx.trash.find(A, ONE.digest) == ONE._replace(kept_until=30)

    await metadata.write(check)


async def test_what_is_due_comes_the_oldest_first(metadata: Metadata, time: Time) -> None:
    def check(tx: Transaction) -> None:
        tx.trash.put(A, ONE._replace(kept_until=time.now))
        tx.trash.put(B, ONE._replace(kept_until=time.now - 1))
        tx.trash.put(B, TWO._replace(kept_until=time.now + 1))
        assert tx.trash.due(9) == [(B, ONE.digest), (A, ONE.digest)]
        assert tx.trash.due(1) == [(B, ONE.digest)]
        assert tx.trash.due(0) == []

    await metadata.write(check)


async def test_pages_have_everything_in_order(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        there = [(name, one) for name in (B, A) for one in (TWO, ONE)]
        for place in there:
            tx.trash.put(*place)
        there.sort()
        assert tx.trash.page(("", ""), 9) == there
        assert tx.trash.page(("", ""), 1) == there[:1]
        assert tx.trash.page((A, there[0][1].digest), 2) == there[1:3]
        assert tx.trash.page((B, there[-1][1].digest), 9) == []

    await metadata.write(check)


async def test_what_is_hastened_is_kept_so_long_at_most_wherever_it_is(metadata: Metadata) -> None:
    def fill(tx: Transaction) -> None:
        tx.repositories.add(A)
        tx.blobs.add(A, BLOB, 30)
        tx.manifests.add(A, *image(BLOB.digest), 31)
        tx.manifests.add(A, *image(BLOB.digest, annotations={"of": "the second"}), 5)
        tx.trash.put(A, ONE)
        tx.trash.put(A, TWO)
        tx.trash.put(B, TWO)

    def times(tx: Transaction) -> list[int | None]:
        blob = tx.blobs.find(A, BLOB.digest)
        assert blob is not None
        manifests = tx.inspection.manifests(A, "", 9)
        trash = [one.kept_until for _, one in tx.trash.page(("", ""), 9)]
        return sorted((blob.kept_until, *(one.kept_until for one in manifests), *trash), key=str)

    def check(tx: Transaction) -> None:
        fill(tx)
        assert tx.trash.hasten(99, 9) == 0
        assert tx.trash.hasten(12, 0) == 0
        assert times(tx) == [10, 20, 20, 30, 31, 5]
        assert tx.trash.hasten(12, 1) == 1
        assert tx.trash.hasten(12, 2) == 2
        assert tx.trash.hasten(12, 9) == 1
        assert times(tx) == [10, 12, 12, 12, 12, 5]
        assert tx.trash.hasten(12, 9) == 0

    await metadata.write(check)
