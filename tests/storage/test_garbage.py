"""The contract of `ports.Garbage`, on every backend."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.ports import Transaction
from longshore.registry.records import Candidate, Discarded, StoredBlob
from tests.backends import Time
from tests.content import Pushed, image, index

A, B = RepositoryName("a"), RepositoryName("a/b")
BLOBS = [StoredBlob(Digest.of(text), len(text), f"key of {text!r}") for text in (b"one", b"two")]
ONE, TWO = (blob.digest for blob in BLOBS)
EARLY = 10


def prepare(tx: Transaction, until: int = EARLY) -> None:
    for repository in (A, B):
        tx.repositories.add(repository)
        for blob in BLOBS:
            tx.blobs.add(repository, blob, until)


def add(tx: Transaction, *many: Pushed, until: int = EARLY) -> None:
    for pushed in many:
        tx.manifests.add(A, *pushed, until)


async def test_what_is_due_comes_manifests_first_and_the_oldest_first(
    metadata: Metadata, time: Time
) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx, until=time.now + 1)
        young, old, kept = image(ONE), image(TWO), image(ONE, TWO)
        add(tx, young, until=time.now)
        add(tx, old, until=time.now - 1)
        add(tx, kept, until=time.now + 1)
        manifests = [Candidate("manifest", A, one.digest) for one in (old, young)]
        assert tx.garbage.due(9) == manifests
        assert tx.garbage.due(1) == manifests[:1]
        assert tx.garbage.due(0) == []

    def later(tx: Transaction) -> None:
        due = tx.garbage.due(9)
        assert [one.kind for one in due] == ["manifest"] * 3 + ["blob"] * 4
        assert {(one.repository, one.digest) for one in due[3:]} == {
            (repository, digest) for repository in (A, B) for digest in (ONE, TWO)
        }
        assert tx.garbage.due(4) == due[:4]

    await metadata.write(check)
    time.advance(1)
    await metadata.read(later)


async def test_what_is_settled_is_due_no_more_until_it_loses_something(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        one = image(ONE)
        add(tx, one)
        for candidate in tx.garbage.due(9):
            tx.garbage.settle(candidate)
        assert tx.garbage.due(9) == []
        tx.garbage.settle(Candidate("manifest", A, Digest.of(b"never was")))
        tx.garbage.settle(Candidate("blob", A, Digest.of(b"never was")))
        tx.manifests.keep(A, one.digest, EARLY)
        assert tx.garbage.due(9) == [Candidate("manifest", A, one.digest)]
        tx.manifests.remove(A, one.digest, EARLY)
        assert tx.garbage.due(9) == [Candidate("blob", A, ONE)]

    await metadata.write(check)


async def test_nothing_holds_a_lone_manifest(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        one = image(ONE)
        add(tx, one)
        tx.manifests.add(B, *one, EARLY)
        assert tx.garbage.unreachable(A, one.digest) == [one.digest]
        tx.tags.point(B, Tag("one"), one.digest)
        assert tx.garbage.unreachable(A, one.digest) == [one.digest]
        assert tx.garbage.unreachable(B, one.digest) == []
        assert tx.garbage.unreachable(A, Digest.of(b"never was")) == []

    await metadata.write(check)


@pytest.mark.parametrize("why", ["tagged", "kept"])
async def test_a_manifest_is_reached_through_all_that_holds_it(
    metadata: Metadata, time: Time, why: str
) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        child = image(ONE)
        signature = image(ONE, subject=child.digest)
        inner = index(child.digest)
        outer = index(inner.digest)
        signed = image(TWO, subject=signature.digest)
        group = [child, signature, inner, outer, signed]
        add(tx, *group)
        for digest, count in ((outer.digest, 1), (inner.digest, 2), (signed.digest, 5)):
            doomed = tx.garbage.unreachable(A, digest)
            assert len(doomed) == count
            assert digest in doomed
        if why == "tagged":
            tx.tags.point(A, Tag("outer"), outer.digest)
        else:
            tx.manifests.keep(A, outer.digest, time.now + 1)
        for one in group:
            assert tx.garbage.unreachable(A, one.digest) == []

    await metadata.write(check)


async def test_a_subject_is_not_held_by_its_referrers_nor_an_index_by_its_children(
    metadata: Metadata,
) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        one = image(ONE)
        signature = image(ONE, subject=one.digest)
        parent = index(one.digest)
        add(tx, one, signature, parent)
        tx.tags.point(A, Tag("signature"), signature.digest)
        assert tx.garbage.unreachable(A, parent.digest) == [parent.digest]
        assert set(tx.garbage.unreachable(A, one.digest)) == {one.digest, parent.digest}

    await metadata.write(check)


@pytest.mark.parametrize("is_subject_first", [True, False])
async def test_a_subject_holds_its_referrers_whichever_came_first(
    metadata: Metadata, *, is_subject_first: bool
) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        subject = image(ONE)
        signature = image(ONE, subject=subject.digest)
        add(tx, *((subject, signature) if is_subject_first else (signature, subject)))
        tx.tags.point(A, Tag("one"), subject.digest)
        assert tx.garbage.unreachable(A, signature.digest) == []
        tx.manifests.remove(A, subject.digest, EARLY)
        assert tx.garbage.unreachable(A, signature.digest) == [signature.digest]
        add(tx, subject)
        tx.tags.point(A, Tag("one"), subject.digest)
        assert tx.garbage.unreachable(A, signature.digest) == []

    await metadata.write(check)


async def test_an_index_whose_subject_is_its_child_is_no_endless_loop(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        child = image(ONE)
        parent = index(child.digest, subject=child.digest)
        add(tx, child, parent)
        for one in (child, parent):
            assert set(tx.garbage.unreachable(A, one.digest)) == {child.digest, parent.digest}
        tx.tags.point(A, Tag("child"), child.digest)
        for one in (child, parent):
            assert tx.garbage.unreachable(A, one.digest) == []

    await metadata.write(check)


async def test_discarded_bytes_come_when_it_is_time_until_they_are_forgotten(
    metadata: Metadata, time: Time
) -> None:
    def discard(tx: Transaction) -> None:
        prepare(tx)
        for repository in (A, B):
            tx.blobs.remove(repository, TWO, time.now)
            tx.blobs.remove(repository, ONE, time.now - 1)

    def check(tx: Transaction) -> None:
        both = [Discarded(blob.key, blob.size) for blob in BLOBS]
        assert tx.garbage.discarded(9) == both
        assert tx.garbage.discarded(1) == both[:1]
        tx.garbage.forget([BLOBS[0].key, "never was"])
        assert tx.garbage.discarded(9) == both[1:]

    def early(tx: Transaction) -> None:
        assert tx.garbage.discarded(9) == []

    await metadata.write(discard)
    await metadata.write(check)
    time.advance(-1)
    await metadata.read(early)


async def test_keys_are_known_while_a_row_has_them(metadata: Metadata, time: Time) -> None:
    keys = [blob.key for blob in BLOBS]

    def check(tx: Transaction) -> None:
        prepare(tx)
        assert tx.garbage.known([*keys, "never was"]) == set(keys)
        assert tx.garbage.known([]) == set()
        for repository in (A, B):
            tx.blobs.remove(repository, ONE, time.now)
        assert tx.garbage.known(keys) == set(keys)
        tx.garbage.forget(keys[:1])
        assert tx.garbage.known(keys) == set(keys[1:])

    await metadata.write(check)
