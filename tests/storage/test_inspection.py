"""The contracts of `inspecting.Inspection` and `inspecting.Mending`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.ports import Transaction
from longshore.registry.records import Description, Discarded, Recorded, StoredBlob
from longshore.registry.stores import ByteStore
from tests.backends import save
from tests.content import image, index

A, B, C = RepositoryName("a"), RepositoryName("a/b"), RepositoryName("c")
BLOBS = [StoredBlob(Digest.of(text), len(text), f"key of {text!r}") for text in (b"one", b"two")]
ONE, TWO = (blob.digest for blob in BLOBS)
ABROAD = Digest.of(b"elsewhere")
UNTIL = 10


def prepare(tx: Transaction) -> None:
    """The blobs in two repositories, and a third without anything."""
    tx.repositories.add(C)
    for repository in (A, B):
        tx.repositories.add(repository)
        for blob in BLOBS:
            tx.blobs.add(repository, blob, UNTIL)


async def test_pages_have_everything_in_order(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        assert tx.inspection.repositories("", 9) == [(A, True), (B, True), (C, False)]
        assert tx.inspection.repositories("a", 1) == [(B, True)]
        blobs = sorted(BLOBS)
        assert tx.inspection.blobs("", 9) == blobs
        assert tx.inspection.blobs(blobs[0].digest, 9) == blobs[1:]
        assert tx.inspection.blobs("", 1) == blobs[:1]
        pushed = sorted([image(ONE), image(TWO), image(ONE, TWO)])
        for one in pushed:
            tx.manifests.add(A, *one, UNTIL)
        digests = [one.digest for one in pushed]
        assert [one.digest for one in tx.inspection.manifests(A, "", 9)] == digests
        assert [one.digest for one in tx.inspection.manifests(A, digests[0], 1)] == digests[1:2]
        assert tx.inspection.manifests(B, "", 9) == []
        [first] = tx.inspection.manifests(A, "", 1)
        assert first == tx.manifests.by_digest(A, digests[0])

    await metadata.write(check)


async def test_tags_come_with_what_they_name(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        pushed = image(ONE)
        tx.manifests.add(A, *pushed, UNTIL)
        for name in ("b", "a", "c"):
            tx.tags.point(A, Tag(name), pushed.digest)
        assert tx.inspection.tags(A, "", 9) == [(name, pushed.digest) for name in "abc"]
        assert tx.inspection.tags(A, "a", 1) == [("b", pushed.digest)]
        assert tx.inspection.tags(B, "", 9) == []

    await metadata.write(check)


async def test_what_is_recorded_is_what_the_manifest_says(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        child = image(ONE, TWO, elsewhere=[ABROAD])
        parent = index(child.digest, ONE, annotations={"a": "b"})
        referrer = image(TWO, subject=child.digest, artifact_type="x/y")
        orphan = image(TWO, subject=ABROAD)
        for one in (child, parent, referrer, orphan):
            tx.manifests.add(A, *one, UNTIL)
        none: frozenset[Digest] = frozenset()
        assert tx.inspection.recorded(A, child.digest) == Recorded(
            frozenset([ONE, TWO]),
            frozenset([ABROAD]),
            none,
            none,
            Description(None, "application/x.config", {}, len(child.manifest.content)),
        )
        assert tx.inspection.recorded(A, parent.digest) == Recorded(
            none,
            frozenset([child.digest, ONE]),
            frozenset([child.digest]),
            none,
            Description(None, None, {"a": "b"}, len(parent.manifest.content)),
        )
        assert tx.inspection.recorded(A, referrer.digest) == Recorded(
            frozenset([TWO]),
            none,
            none,
            frozenset([child.digest]),
            Description(child.digest, "x/y", {}, len(referrer.manifest.content)),
        )
        assert tx.inspection.recorded(A, orphan.digest).subjects == none
        for one in (child, parent, referrer, orphan):
            before = tx.inspection.recorded(A, one.digest)
            tx.mending.record(A, *one)
            assert tx.inspection.recorded(A, one.digest) == before

    await metadata.write(check)


async def test_a_lost_blob_is_unknown_until_it_is_pushed_again(metadata: Metadata) -> None:
    def lose(tx: Transaction) -> None:
        prepare(tx)
        for repository in (A, B):
            tx.manifests.add(repository, *image(ONE, TWO), UNTIL)
        tx.mending.lose(ONE, UNTIL)
        assert tx.blobs.find_anywhere(ONE) is None
        assert tx.inspection.overdue(UNTIL + 1, "", 9) == [Discarded(BLOBS[0].key, 3)]
        for repository in (A, B):
            assert tx.blobs.find(repository, ONE) is None
            assert tx.blobs.find(repository, TWO) is not None
            assert tx.manifests.by_digest(repository, image(ONE, TWO).digest) is not None
            assert tx.manifests.missing(repository, image(ONE).manifest) == [ONE]

    def bring(tx: Transaction) -> None:
        tx.blobs.add(A, BLOBS[0]._replace(key="another"), UNTIL)
        assert tx.blobs.user(A, ONE) == image(ONE, TWO).digest
        assert list(tx.garbage.users(A, ONE)) == [image(ONE, TWO).digest]
        assert list(tx.garbage.holders(ONE)) == [A]
        assert tx.manifests.missing(A, image(ONE).manifest) == []

    await metadata.write(lose)
    await metadata.write(bring)


async def test_users_and_holders_are_all_there_are(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        users = [image(ONE), image(ONE, TWO), index(ONE), image(TWO, elsewhere=[ONE])]
        for one in [*users, image(TWO)]:
            tx.manifests.add(A, *one, UNTIL)
        assert sorted(tx.garbage.users(A, ONE)) == sorted(one.digest for one in users)
        assert list(tx.garbage.users(B, ONE)) == []
        assert sorted(tx.garbage.holders(ONE)) == [A, B]
        assert list(tx.garbage.holders(ABROAD)) == []

    await metadata.write(check)


async def test_what_is_overdue_comes_by_key(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        for number, blob in enumerate(BLOBS):
            for repository in (A, B):
                tx.blobs.remove(repository, blob.digest, number)
        discarded = sorted(Discarded(blob.key, blob.size) for blob in BLOBS)
        assert tx.inspection.overdue(2, "", 9) == discarded
        assert tx.inspection.overdue(2, "", 1) == discarded[:1]
        assert tx.inspection.overdue(2, discarded[0].key, 9) == discarded[1:]
        assert tx.inspection.overdue(1, "", 9) == [Discarded(BLOBS[0].key, BLOBS[0].size)]

    await metadata.write(check)


async def test_sound_rows_point_at_rows(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        child = image(ONE, TWO)
        for one in (child, index(child.digest), image(TWO, subject=child.digest)):
            tx.manifests.add(A, *one, UNTIL)
        last, pages = "", 0
        while pages == 0 or last:
            rows, last = tx.inspection.loose(last, 1)
            assert rows == []
            pages += 1
        tx.mending.cut([])

    await metadata.write(check)


async def test_stored_bytes_are_measured_and_read(store: ByteStore) -> None:
    content = bytes(range(256)) * 9000
    stored = await save(store, content)
    assert await store.stored(stored.key) == len(content)
    pieces = [piece async for piece in store.read(stored.key)]
    assert b"".join(pieces) == content
    await store.delete(stored.key)
    assert await store.stored(stored.key) is None
