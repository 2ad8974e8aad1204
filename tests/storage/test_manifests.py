"""The contract of `ports.Manifests`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.ports import Transaction
from longshore.registry.records import Candidate, Referrer, StoredBlob, StoredManifest
from tests.content import Pushed, image, index

A, B = RepositoryName("a"), RepositoryName("a/b")
BLOBS = [StoredBlob(Digest.of(text), len(text), f"key of {text!r}") for text in (b"one", b"two")]
ONE, TWO = (blob.digest for blob in BLOBS)
ABSENT = Digest.of(b"absent")
UNTIL = 10_000


def prepare(tx: Transaction) -> None:
    for repository in (A, B):
        tx.repositories.add(repository)
        for blob in BLOBS:
            tx.blobs.add(repository, blob, UNTIL)


def add(tx: Transaction, *many: Pushed, until: int = UNTIL) -> None:
    for pushed in many:
        tx.manifests.add(A, *pushed, until)


def kept_until(tx: Transaction, digest: Digest) -> int | None:
    stored = tx.manifests.by_digest(A, digest)
    assert stored is not None
    return stored.kept_until


def blob_kept_until(tx: Transaction, digest: Digest) -> int | None:
    blob = tx.blobs.find(A, digest)
    assert blob is not None
    return blob.kept_until


def settle(tx: Transaction, *digests: Digest) -> None:
    for digest in digests:
        tx.garbage.settle(Candidate("manifest", A, digest))
        tx.garbage.settle(Candidate("blob", A, digest))


async def test_a_manifest_is_found_as_it_was_pushed(metadata: Metadata) -> None:
    digest, manifest = image(ONE, annotations={"a": "\N{SNOWMAN}\x00"})
    stored = StoredManifest(digest, manifest.media_type, manifest.content, UNTIL)

    def put(tx: Transaction) -> None:
        prepare(tx)
        tx.manifests.add(A, digest, manifest, UNTIL)
        tx.tags.point(A, Tag("one"), digest)

    def check(tx: Transaction) -> None:
        assert tx.manifests.by_digest(A, digest) == stored
        assert tx.manifests.by_tag(A, Tag("one")) == stored
        assert tx.manifests.by_digest(B, digest) is None
        assert tx.manifests.by_digest(A, ABSENT) is None
        assert tx.manifests.by_tag(A, Tag("two")) is None
        assert tx.manifests.by_tag(B, Tag("one")) is None

    await metadata.write(put)
    await metadata.read(check)


async def test_a_manifest_that_is_there_stays_and_is_kept_longer(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        one = image(ONE)
        add(tx, one, until=100)
        add(tx, one, until=50)
        assert kept_until(tx, one.digest) == 100
        add(tx, one, until=150)
        assert kept_until(tx, one.digest) == 150
        assert tx.manifests.keep(A, one.digest, 120)
        assert kept_until(tx, one.digest) == 150
        assert tx.manifests.keep(A, one.digest, 200)
        assert kept_until(tx, one.digest) == 200
        assert not tx.manifests.keep(B, one.digest, 200)
        assert not tx.manifests.keep(A, ABSENT, 200)

    await metadata.write(check)


async def test_what_is_missing_is_told_in_order(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        child, unpushed = image(ONE), image(ONE, TWO)
        add(tx, child)
        absent = sorted([ABSENT, Digest.of(b"absent too")])
        assert tx.manifests.missing(A, image(ONE, TWO).manifest) == []
        assert tx.manifests.missing(A, image(ONE, *absent).manifest) == absent
        assert tx.manifests.missing(A, image(ONE, subject=ABSENT).manifest) == []
        assert tx.manifests.missing(A, image(ONE, elsewhere=[ABSENT]).manifest) == []
        assert tx.manifests.missing(A, index(child.digest, ONE).manifest) == []
        assert tx.manifests.missing(A, index(unpushed.digest).manifest) == [unpushed.digest]
        assert tx.manifests.missing(B, index(child.digest).manifest) == [child.digest]

    await metadata.write(check)


async def test_the_parent_of_a_manifest_is_an_index_that_lists_it(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        child, other = image(ONE), image(TWO)
        signature = image(ONE, subject=other.digest)
        parent = index(child.digest)
        add(tx, child, other, signature, parent)
        assert tx.manifests.parent(A, child.digest) == parent.digest
        assert tx.manifests.parent(A, other.digest) is None
        assert tx.manifests.parent(A, signature.digest) is None
        assert tx.manifests.parent(B, child.digest) is None
        tx.manifests.remove(A, parent.digest, UNTIL)
        assert tx.manifests.parent(A, child.digest) is None

    await metadata.write(check)


async def test_a_child_held_as_a_blob_has_its_parent_once_it_is_a_manifest(
    metadata: Metadata,
) -> None:
    child = image(ONE)
    parent = index(child.digest)

    def check(tx: Transaction) -> None:
        prepare(tx)
        content = child.manifest.content
        tx.blobs.add(A, StoredBlob(child.digest, len(content), "key of the child"), UNTIL)
        add(tx, parent)
        add(tx, child)
        assert tx.manifests.parent(A, child.digest) == parent.digest
        tx.tags.point(A, Tag("index"), parent.digest)
        settle(tx, child.digest, parent.digest)
        assert tx.garbage.unreachable(A, child.digest) == []

    await metadata.write(check)


async def test_what_a_removed_manifest_held_is_kept_and_looked_at(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        child, fellow = image(ONE), image(ONE, TWO)
        parent = index(child.digest)
        signature = image(TWO, subject=parent.digest)
        add(tx, child, fellow, signature, parent)
        settle(tx, child.digest, fellow.digest, signature.digest, parent.digest, ONE, TWO)

        tx.manifests.remove(A, parent.digest, 70)
        assert tx.manifests.by_digest(A, parent.digest) is None
        assert kept_until(tx, child.digest) == 70
        assert kept_until(tx, signature.digest) == 70
        assert kept_until(tx, fellow.digest) is None
        assert blob_kept_until(tx, ONE) is None

        tx.manifests.remove(A, child.digest, 90)
        assert blob_kept_until(tx, ONE) == 90
        assert blob_kept_until(tx, TWO) is None
        tx.manifests.remove(A, fellow.digest, 80)
        assert blob_kept_until(tx, ONE) == 90
        assert blob_kept_until(tx, TWO) == 80

    await metadata.write(check)


async def test_a_removed_manifest_takes_its_tags_of_that_repository_along(
    metadata: Metadata,
) -> None:
    def check(tx: Transaction) -> None:
        prepare(tx)
        one, two = image(ONE), image(TWO)
        for repository in (A, B):
            for tag, pushed in (("one", one), ("uno", one), ("two", two)):
                tx.manifests.add(repository, *pushed, UNTIL)
                tx.tags.point(repository, Tag(tag), pushed.digest)
        tx.manifests.remove(A, one.digest, UNTIL)
        assert tx.tags.page(A, "", 9) == ["two"]
        assert tx.tags.page(B, "", 9) == ["one", "two", "uno"]

    await metadata.write(check)


async def test_referrers_are_listed_in_order_whether_the_subject_is_there_or_not(
    metadata: Metadata,
) -> None:
    notes = {"one": "two"}

    def check(tx: Transaction) -> None:
        prepare(tx)
        sbom = image(ONE, subject=ABSENT, artifact_type="application/x.sbom", annotations=notes)
        signature = image(ONE, subject=ABSENT)
        group = index(subject=ABSENT)
        add(tx, sbom, signature, group, image(ONE, subject=TWO), image(ONE))
        expected = sorted(
            Referrer(digest, m.media_type, len(m.content), m.artifact_type, dict(m.annotations))
            for digest, m in (sbom, signature, group)
        )
        assert list(tx.manifests.referrers(A, ABSENT, None, "")) == expected
        assert list(tx.manifests.referrers(A, ABSENT, None, expected[0].digest)) == expected[1:]
        typed = list(tx.manifests.referrers(A, ABSENT, "application/x.sbom", ""))
        assert [(one.digest, one.annotations) for one in typed] == [(sbom.digest, notes)]
        by_config = list(tx.manifests.referrers(A, ABSENT, "application/x.config", ""))
        assert [one.digest for one in by_config] == [signature.digest]
        assert list(tx.manifests.referrers(B, ABSENT, None, "")) == []

    await metadata.write(check)
