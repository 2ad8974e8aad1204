"""The contract of `ports.Repositories`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredBlob
from tests.content import image, index

NAMES = [RepositoryName(name) for name in ("a", "a-b", "a.b", "a/b", "a0", "a__b", "b")]
BLOB = StoredBlob(Digest.of(b"one"), 3, "key of one")


def push(tx: Transaction, name: RepositoryName) -> Digest:
    digest, manifest = index()
    tx.repositories.add(name)
    tx.manifests.add(name, digest, manifest, 0)
    return digest


async def test_pages_are_in_byte_order_after_the_last(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        for name in reversed(NAMES):
            push(tx, name)
        assert tx.repositories.page("", 99) == sorted(NAMES)
        assert tx.repositories.page("", 2) == sorted(NAMES)[:2]
        assert tx.repositories.page("a.b", 2) == ["a/b", "a0"]
        assert tx.repositories.page("a.c-never-was", 1) == ["a/b"]
        assert tx.repositories.page("b", 9) == []
        assert tx.repositories.page("", 0) == []

    await metadata.write(check)


async def test_a_repository_with_blobs_alone_is_not_listed(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        tx.repositories.add(NAMES[0])
        tx.blobs.add(NAMES[0], BLOB, 0)
        assert not tx.repositories.has_manifests(NAMES[0])
        assert tx.repositories.page("", 9) == []
        push(tx, NAMES[0])
        assert tx.repositories.has_manifests(NAMES[0])
        assert not tx.repositories.has_manifests(NAMES[1])
        assert tx.repositories.page("", 9) == [NAMES[0]]

    await metadata.write(check)


async def test_a_repository_is_removed_with_its_last_content_only(metadata: Metadata) -> None:
    name = NAMES[0]

    def count(tx: Transaction) -> int:
        tx.repositories.remove_if_empty(name)
        return tx.statistics.measure()["repositories"]

    def check(tx: Transaction) -> None:
        digest, manifest = image(BLOB.digest)
        tx.repositories.add(name)
        tx.repositories.add(name)
        tx.blobs.add(name, BLOB, 0)
        assert count(tx) == 1
        tx.manifests.add(name, digest, manifest, 0)
        assert count(tx) == 1
        tx.manifests.remove(name, digest, 0)
        assert count(tx) == 1
        tx.blobs.remove(name, BLOB.digest, 0)
        assert count(tx) == 0

    await metadata.write(check)


async def test_removing_what_is_not_there_is_no_error(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        push(tx, NAMES[0])
        tx.repositories.remove_if_empty(NAMES[1])
        assert tx.repositories.page("", 9) == [NAMES[0]]

    await metadata.write(check)
