"""The rules of manifests: what must be there first, and what goes with what."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import (
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    StillReferenced,
    TagMoved,
)
from longshore.oci.manifest import parse
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import blobs, manifests, tags
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredBlob
from longshore.registry.tags import Condition, Terms
from tests.backends import HOUR, Time
from tests.content import image, index

A, B = RepositoryName("a"), RepositoryName("a/b")
ONE, TWO = Tag("1"), Tag("2")
BLOB = StoredBlob(Digest.of(b"one"), 3, "key")
IMAGE = image(BLOB.digest)
IF_ABSENT = Terms(Condition(is_absent=True))


@pytest.fixture
async def pushed(metadata: Metadata) -> Metadata:
    """With an image in A, tagged 1."""
    await metadata.write(blobs.add, A, BLOB)
    await metadata.write(manifests.put, A, *IMAGE, [ONE])
    return metadata


def test_the_digest_is_of_the_bytes_and_of_the_algorithm_that_was_asked_for() -> None:
    content = b"{}"
    assert manifests.digest_of(content, ONE) == Digest.of(content)
    for algorithm in ("sha256", "sha512"):
        digest = Digest.of(content, algorithm)
        assert manifests.digest_of(content, digest) == digest
        with pytest.raises(DigestInvalid):
            manifests.digest_of(b"[]", digest)


async def test_a_manifest_is_found_by_tag_and_by_digest(pushed: Metadata) -> None:
    by_tag = await pushed.read(manifests.find, A, ONE)
    assert by_tag == await pushed.read(manifests.find, A, IMAGE.digest)
    assert by_tag.content == IMAGE.manifest.content
    for repository, reference in ((A, TWO), (B, ONE), (B, IMAGE.digest)):
        with pytest.raises(ManifestUnknown):
            await pushed.read(manifests.find, repository, reference)


async def test_what_a_manifest_needs_comes_first(metadata: Metadata) -> None:
    missing = sorted([BLOB.digest, Digest.of(b"two")])
    digest, manifest = image(*missing)
    with pytest.raises(ManifestBlobUnknown) as refused:
        await metadata.write(manifests.put, A, digest, manifest, [ONE])
    assert refused.value.missing == missing
    assert set((await metadata.read(lambda tx: tx.statistics.measure())).values()) == {0}


async def test_a_manifest_and_all_its_tags_or_nothing(pushed: Metadata) -> None:
    other = image(BLOB.digest, annotations={"of": "the other"})
    with pytest.raises(TagMoved) as refused:
        await pushed.write(manifests.put, A, *other, [TWO, ONE], IF_ABSENT)
    assert refused.value.detail == {"tag": ONE, "digest": IMAGE.digest}
    with pytest.raises(ManifestUnknown):
        await pushed.read(manifests.find, A, other.digest)
    assert await pushed.read(tags.page, A, "", 9) == ([ONE], False)

    await pushed.write(manifests.put, A, *other, [ONE, TWO])
    assert (await pushed.read(manifests.find, A, ONE)).digest == other.digest
    assert await pushed.read(tags.page, A, "", 9) == ([ONE, TWO], False)


async def test_a_tag_that_is_named_twice_moves_once(pushed: Metadata) -> None:
    await pushed.write(manifests.put, A, *IMAGE, [TWO, TWO], IF_ABSENT)
    assert await pushed.read(tags.page, A, "", 9) == ([ONE, TWO], False)


async def test_the_same_bytes_are_of_one_media_type(pushed: Metadata) -> None:
    content = b"{}"
    digest = Digest.of(content)
    await pushed.write(manifests.put, A, digest, parse(content, "application/x.one"), [])
    await pushed.write(manifests.put, A, digest, parse(content, "application/x.one"), [TWO])
    with pytest.raises(ManifestInvalid) as refused:
        await pushed.write(manifests.put, A, digest, parse(content, "application/x.two"), [])
    assert refused.value.detail == {"mediaType": "application/x.one"}


async def test_a_promised_manifest_is_kept(pushed: Metadata, time: Time) -> None:
    def kept(tx: Transaction) -> int | None:
        return manifests.find(tx, A, IMAGE.digest).kept_until

    first = time.now + HOUR
    for reference, waits, expected in (
        (IMAGE.digest, HOUR // 4, first),
        (ONE, 1, first),  # a tag keeps it
        (IMAGE.digest, 0, first + HOUR // 4 + 1),
    ):
        time.advance(waits)
        await manifests.promise(pushed, A, reference)
        assert await pushed.read(kept) == expected
    for unknown in (TWO, Digest.of(b"other")):
        with pytest.raises(ManifestUnknown):
            await manifests.promise(pushed, A, unknown)


async def test_a_manifest_deleted_while_it_is_promised_is_unknown(
    pushed: Metadata, time: Time
) -> None:
    time.advance(HOUR)

    class DeletedBetween:
        def __init__(self) -> None:
            self.read = pushed.read

        async def write(self, rule: object, /, *args: object) -> object:
            await pushed.write(manifests.delete, A, IMAGE.digest)
            return await pushed.write(rule, *args)  # type: ignore[arg-type]

    with pytest.raises(ManifestUnknown):
        await manifests.promise(DeletedBetween(), A, IMAGE.digest)  # type: ignore[arg-type]


async def test_a_deleted_manifest_takes_its_tags_along(pushed: Metadata) -> None:
    await pushed.write(manifests.put, A, *IMAGE, [TWO])
    await pushed.write(manifests.delete, A, IMAGE.digest)
    for reference in (ONE, TWO, IMAGE.digest):
        with pytest.raises(ManifestUnknown):
            await pushed.read(manifests.find, A, reference)
    with pytest.raises(ManifestUnknown):
        await pushed.write(manifests.delete, A, IMAGE.digest)
    await pushed.write(manifests.put, A, *IMAGE, [])  # its blob is kept for the grace


async def test_a_child_of_an_index_is_not_deleted(pushed: Metadata) -> None:
    parent = index(IMAGE.digest)
    await pushed.write(manifests.put, A, *parent, [])
    with pytest.raises(StillReferenced) as refused:
        await pushed.write(manifests.delete, A, IMAGE.digest)
    assert refused.value.detail == {"index": parent.digest}
    await pushed.write(manifests.delete, A, parent.digest)
    await pushed.write(manifests.delete, A, IMAGE.digest)


async def test_the_last_manifest_takes_an_empty_repository_along(metadata: Metadata) -> None:
    empty = index()
    await metadata.write(manifests.put, A, *empty, [ONE])
    await metadata.write(manifests.delete, A, empty.digest)
    assert (await metadata.read(lambda tx: tx.statistics.measure()))["repositories"] == 0
