"""What is pinned stays, whatever tags say, until nobody needs it."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestUnknown, StillReferenced
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import garbage, manifests, pins, preview, tags
from longshore.registry.ports import Transaction
from tests.backends import HOUR, Time
from tests.content import index

A = RepositoryName("a")
ONE, TWO = index(), index(annotations={"n": "2"})
PARENT = index(ONE.digest)


async def push(metadata: Metadata) -> None:
    for pushed in (ONE, TWO, PARENT):
        await metadata.write(manifests.put, A, pushed.digest, pushed.manifest, [])


async def collect(metadata: Metadata, time: Time) -> set[Digest]:
    """What is left when everything has had its time."""
    time.advance(1000 * HOUR)
    foreseen = {one.name for one in await metadata.read(preview.preview)}
    await metadata.write(garbage.collect, 50)

    def present(tx: Transaction) -> set[Digest]:
        there = (tx.manifests.by_digest(A, one.digest) for one in (ONE, TWO, PARENT))
        return {one.digest for one in there if one}

    left = await metadata.read(present)
    assert not left & foreseen
    return left


async def test_what_is_pinned_stays_with_all_that_it_holds(metadata: Metadata, time: Time) -> None:
    await push(metadata)
    await metadata.write(pins.hold, "x", A, [PARENT.digest])
    assert await collect(metadata, time) == {ONE.digest, PARENT.digest}


async def test_what_is_not_needed_any_more_has_its_grace_and_goes(
    metadata: Metadata, time: Time
) -> None:
    await push(metadata)
    await metadata.write(pins.hold, "x", A, [ONE.digest, TWO.digest])
    await collect(metadata, time)
    await metadata.write(pins.hold, "x", A, [ONE.digest])
    time.advance(HOUR - 1)
    await metadata.write(garbage.collect, 50)
    await metadata.read(manifests.find, A, TWO.digest)
    assert await collect(metadata, time) == {ONE.digest}


async def test_one_holder_lets_go_for_itself_only(metadata: Metadata, time: Time) -> None:
    await push(metadata)
    for holder in ("x", "y"):
        await metadata.write(pins.hold, holder, A, [TWO.digest])
    await metadata.write(pins.hold, "x", A, [])
    assert await collect(metadata, time) == {TWO.digest}


async def test_what_is_pinned_is_not_deleted_by_its_digest(metadata: Metadata) -> None:
    await push(metadata)
    await metadata.write(manifests.put, A, TWO.digest, TWO.manifest, [Tag("latest")])
    await metadata.write(pins.hold, "environment x", A, [TWO.digest])
    with pytest.raises(StillReferenced, match="environment x runs this image"):
        await metadata.write(manifests.delete, A, TWO.digest)
    await metadata.write(tags.delete, A, Tag("latest"))
    await metadata.write(pins.hold, "environment x", A, [])
    await metadata.write(manifests.delete, A, TWO.digest)
    with pytest.raises(ManifestUnknown):
        await metadata.read(manifests.find, A, TWO.digest)
