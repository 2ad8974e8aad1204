"""The contract of `ports.Blobs`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.ports import Transaction
from longshore.registry.records import Blob, Candidate, Discarded, StoredBlob
from tests.backends import Time
from tests.content import image, index

A, B = RepositoryName("a"), RepositoryName("a/b")
ONE = StoredBlob(Digest.of(b"one"), 3, "key of one")
TWO = StoredBlob(Digest.of(b"two"), 3, "key of two")
UNTIL = 10_000


def hold(tx: Transaction, repository: RepositoryName, blob: StoredBlob, until: int = UNTIL) -> None:
    tx.repositories.add(repository)
    tx.blobs.add(repository, blob, until)


async def test_a_blob_is_seen_only_through_a_repository_that_holds_it(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.blobs.find(A, ONE.digest) == Blob(*ONE, UNTIL)
        assert tx.blobs.find(B, ONE.digest) is None
        assert tx.blobs.find(A, TWO.digest) is None
        assert tx.blobs.find_anywhere(ONE.digest) == ONE
        assert tx.blobs.find_anywhere(TWO.digest) is None

    await metadata.write(hold, A, ONE)
    await metadata.read(check)


async def test_of_two_pushes_of_a_digest_the_first_key_stays(metadata: Metadata) -> None:
    again = ONE._replace(key="another key")

    def add(tx: Transaction, repository: RepositoryName, blob: StoredBlob) -> StoredBlob:
        tx.repositories.add(repository)
        return tx.blobs.add(repository, blob, UNTIL)

    assert await metadata.write(add, A, ONE) == ONE
    assert await metadata.write(add, A, again) == ONE
    assert await metadata.write(add, B, again) == ONE


async def test_a_blob_is_never_kept_for_less_time_than_was_promised(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        hold(tx, A, ONE, 100)
        hold(tx, B, ONE, 70)
        hold(tx, A, ONE, 50)
        assert tx.blobs.find(A, ONE.digest) == Blob(*ONE, 100)
        assert tx.blobs.keep(A, ONE.digest, 80)
        assert tx.blobs.find(A, ONE.digest) == Blob(*ONE, 100)
        assert tx.blobs.keep(A, ONE.digest, 120)
        assert tx.blobs.find(A, ONE.digest) == Blob(*ONE, 120)
        assert tx.blobs.find(B, ONE.digest) == Blob(*ONE, 70)

    await metadata.write(check)


async def test_what_a_repository_does_not_hold_can_not_be_kept(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        hold(tx, A, ONE)
        assert not tx.blobs.keep(B, ONE.digest, UNTIL)
        assert not tx.blobs.keep(A, TWO.digest, UNTIL)
        assert tx.blobs.find(B, ONE.digest) is None

    await metadata.write(check)


async def test_the_user_of_a_blob_is_a_manifest_of_the_same_repository(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        hold(tx, A, ONE)
        hold(tx, A, TWO)
        hold(tx, B, TWO)
        digest, manifest = image(ONE.digest)
        tx.manifests.add(A, digest, manifest, UNTIL)
        assert tx.blobs.user(A, ONE.digest) == digest
        assert tx.blobs.user(A, TWO.digest) is None
        assert tx.blobs.user(B, ONE.digest) is None
        tx.manifests.remove(A, digest, UNTIL)
        assert tx.blobs.user(A, ONE.digest) is None

    await metadata.write(check)


async def test_layers_that_may_live_elsewhere_are_used_whenever_they_come(
    metadata: Metadata,
) -> None:
    def check(tx: Transaction) -> None:
        hold(tx, A, ONE)
        digest, manifest = image(ONE.digest, elsewhere=[TWO.digest])
        tx.manifests.add(A, digest, manifest, UNTIL)
        assert tx.blobs.user(A, TWO.digest) in {None, digest}  # the repository does not hold it
        hold(tx, A, TWO)
        assert tx.blobs.user(A, TWO.digest) == digest
        tx.garbage.settle(Candidate("blob", A, TWO.digest))
        tx.manifests.remove(A, digest, 70)
        assert tx.blobs.user(A, TWO.digest) is None
        assert tx.blobs.find(A, TWO.digest) == Blob(*TWO, 70)

    await metadata.write(check)


async def test_an_index_uses_a_child_that_is_held_as_a_blob(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        hold(tx, A, ONE)
        digest, manifest = index(ONE.digest)
        tx.manifests.add(A, digest, manifest, UNTIL)
        assert tx.blobs.user(A, ONE.digest) == digest
        tx.manifests.remove(A, digest, 70)
        assert tx.blobs.user(A, ONE.digest) is None

    await metadata.write(check)


async def test_bytes_are_discarded_with_their_last_link(metadata: Metadata, time: Time) -> None:
    def check(tx: Transaction) -> None:
        hold(tx, A, ONE)
        hold(tx, B, ONE)
        assert tx.blobs.remove(A, ONE.digest, time.now) == 0
        assert tx.blobs.find(A, ONE.digest) is None
        assert tx.blobs.find(B, ONE.digest) is not None
        assert tx.garbage.discarded(9) == []

        assert tx.blobs.remove(B, ONE.digest, time.now) == ONE.size
        assert tx.blobs.find_anywhere(ONE.digest) is None
        assert tx.garbage.discarded(9) == [Discarded(ONE.key, ONE.size)]

    await metadata.write(check)


async def test_a_blob_that_is_not_held_is_removed_without_effect(
    metadata: Metadata, time: Time
) -> None:
    def check(tx: Transaction) -> None:
        hold(tx, A, ONE)
        assert tx.blobs.remove(B, ONE.digest, time.now) == 0
        assert tx.blobs.remove(A, TWO.digest, time.now) == 0
        assert tx.blobs.find(A, ONE.digest) == Blob(*ONE, UNTIL)
        assert tx.garbage.discarded(9) == []

    await metadata.write(check)


async def test_a_digest_pushed_again_after_its_end_has_its_new_key(
    metadata: Metadata, time: Time
) -> None:
    again = ONE._replace(key="another key")

    def check(tx: Transaction) -> None:
        hold(tx, A, ONE)
        tx.blobs.remove(A, ONE.digest, time.now)
        hold(tx, A, again)
        assert tx.blobs.find_anywhere(ONE.digest) == again
        assert tx.garbage.discarded(9) == [Discarded(ONE.key, ONE.size)]

    await metadata.write(check)
