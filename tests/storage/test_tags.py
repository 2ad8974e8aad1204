"""The contract of `ports.Tags`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.ports import Transaction
from tests.content import index

A, B = RepositoryName("a"), RepositoryName("a/b")
TAGS = [Tag(tag) for tag in ("1", "1.0", "1.10", "1.9", "A", "_", "a", "a-b", "a.b")]
FIRST, SECOND = index(), index(annotations={"of": "the second"})


def prepare(tx: Transaction) -> None:
    for repository in (A, B):
        tx.repositories.add(repository)
        for pushed in (FIRST, SECOND):
            tx.manifests.add(repository, *pushed, 0)


async def test_a_tag_names_one_manifest_and_moves(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        assert tx.tags.find(A, TAGS[0]) is None
        tx.tags.point(A, TAGS[0], FIRST.digest)
        assert tx.tags.find(A, TAGS[0]) == FIRST.digest
        tx.tags.point(A, TAGS[0], SECOND.digest)
        assert tx.tags.find(A, TAGS[0]) == SECOND.digest
        stored = tx.manifests.by_tag(A, TAGS[0])
        assert stored is not None
        assert stored.content == SECOND.manifest.content
        assert tx.tags.find(B, TAGS[0]) is None
        assert tx.tags.find(A, TAGS[1]) is None

    await metadata.write(check)


async def test_removing_a_tag_removes_that_name_only(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        for repository in (A, B):
            for tag in TAGS[:2]:
                tx.tags.point(repository, tag, FIRST.digest)
        tx.tags.remove(A, TAGS[0])
        tx.tags.remove(A, TAGS[3])
        assert tx.tags.page(A, "", 9) == TAGS[1:2]
        assert tx.tags.page(B, "", 9) == TAGS[:2]
        assert tx.manifests.by_digest(A, FIRST.digest) is not None

    await metadata.write(check)


async def test_a_manifest_has_the_names_that_point_at_it(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        assert tx.tags.of(A, FIRST.digest) == []
        for tag in reversed(TAGS):
            tx.tags.point(A, tag, FIRST.digest)
        tx.tags.point(A, TAGS[2], SECOND.digest)
        tx.tags.point(B, TAGS[2], FIRST.digest)
        tx.tags.remove(A, TAGS[0])
        assert tx.tags.of(A, FIRST.digest) == sorted({*TAGS[1:]} - {TAGS[2]})
        assert tx.tags.of(A, SECOND.digest) == [TAGS[2]]
        assert tx.tags.of(B, FIRST.digest) == [TAGS[2]]
        assert tx.tags.of(A, Digest.of(b"never was")) == []

    await metadata.write(check)


async def test_pages_are_in_byte_order_after_the_last(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        for tag in reversed(TAGS):
            tx.tags.point(A, tag, FIRST.digest)
        tx.tags.point(B, Tag("other"), FIRST.digest)
        assert tx.tags.page(A, "", 99) == sorted(TAGS)
        assert tx.tags.page(A, "1.10", 2) == ["1.9", "A"]
        assert tx.tags.page(A, "1.5-never-was", 1) == ["1.9"]
        assert tx.tags.page(A, "", 0) == []
        assert tx.tags.page(A, "zzz", 9) == []
        assert tx.tags.page(RepositoryName("none"), "", 9) == []

    await metadata.write(check)
