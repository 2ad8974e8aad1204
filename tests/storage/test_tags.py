"""The contract of `ports.Tags`, on every backend."""

import pytest

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


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        ("-slim", "1.1.0-rc.1-slim 1.0.0-slim"),
        ("1-slim", "1.1.0-rc.1-slim"),
        ("-Slim", "1.0.0-Slim"),
        ("_a", "1.0.0_a"),
        ("%", ""),
        ("1", ""),  # of the numbers nothing is an ending
    ],
)
async def test_numbered_tags_can_be_those_of_a_suffix(
    metadata: Metadata, suffix: str, expected: str
) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        for tag in [
            "1.0.0-slim",
            "1.1.0-rc.1-slim",
            "1.0.1",
            "1.0.0-Slim",
            "1.0.0_a",
            "1.0.0-a",
            "2.0.0-fat",
        ]:
            tx.tags.point(A, Tag(tag), FIRST.digest)
        assert list(tx.tags.numbered(A, suffix=suffix)) == expected.split()

    await metadata.write(check)


@pytest.mark.parametrize(
    ("beginning", "ending", "expected"),
    [
        ((), "", "10.0.0 1.10.0 1.9.0 0.0.1"),
        ((1,), "", "1.10.0 1.9.0"),
        ((1, 9), "", "1.9.0"),
        ((1, 9, 0), "", "1.9.0"),
        ((1,), "-rc.1", "1.100.0-rc.1"),
        ((1,), None, "1.100.0-rc.1 1.10.0 1.9.0"),
        ((2,), None, ""),
        ((11,), None, ""),
        ((), None, "10.0.0 1.100.0-rc.1 1.10.0 1.9.0 0.0.1 0.0.0x.y"),
    ],
)
async def test_numbered_tags_come_with_the_highest_numbers_first(
    metadata: Metadata, beginning: tuple[int, ...], ending: str | None, expected: str
) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        others = "1 1.0 01.2.3 1.02.3 v1.0.0 latest"
        for tag in f"0.0.1 1.9.0 10.0.0 1.10.0 1.100.0-rc.1 0.0.0x.y {others}".split():
            tx.tags.point(A, Tag(tag), FIRST.digest)
        tx.tags.point(A, Tag("1.9.0"), SECOND.digest)  # it moves, and is there once
        tx.tags.point(A, Tag("3.0.0"), FIRST.digest)
        tx.tags.remove(A, Tag("3.0.0"))
        tx.tags.point(B, Tag("2.0.0"), FIRST.digest)
        assert list(tx.tags.numbered(A, beginning, ending)) == expected.split()

    await metadata.write(check)
