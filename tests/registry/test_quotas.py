"""The rules of quotas: what is too much, and what has nothing to do with them."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import QuotaExceeded
from longshore.oci.names import RepositoryName
from longshore.registry import blobs, manifests, quotas
from longshore.registry.access import OPEN
from longshore.registry.directory import Quota
from longshore.registry.patterns import Pattern
from longshore.registry.records import StoredBlob
from longshore.registry.refusals import Invalid, Unknown
from tests.content import index

TEAM = Pattern("team/**")
APP, OTHER, ELSEWHERE = map(RepositoryName, ("team/app", "team/other", "teams/app"))


def blob(size: int, number: int = 0) -> StoredBlob:
    digest = Digest.of(b"%d %d" % (size, number))
    return StoredBlob(digest, size, f"key of {digest}")


async def limit(metadata: Metadata, size: int | None, repositories: int | None = None) -> None:
    await metadata.write(quotas.put, Quota(TEAM, size, repositories))


async def test_a_push_up_to_the_limit_is_no_push_too_much(metadata: Metadata) -> None:
    await limit(metadata, 10)
    await metadata.write(blobs.add, APP, blob(6))
    await metadata.write(blobs.add, OTHER, blob(4))
    await metadata.write(blobs.add, ELSEWHERE, blob(11))
    with pytest.raises(QuotaExceeded) as refusal:
        await metadata.write(blobs.add, APP, blob(1))
    assert "quota of team/** is 10 bytes, and this push would make it 11 bytes" in str(
        refusal.value
    )
    assert refusal.value.detail == {"pattern": TEAM, "bytes": 10}


async def test_what_is_there_already_is_never_too_much(metadata: Metadata) -> None:
    await metadata.write(blobs.add, APP, blob(6))
    await limit(metadata, 1)
    await metadata.write(blobs.add, APP, blob(6))
    assert await metadata.write(blobs.mount, OPEN, APP, blob(6).digest, APP)


async def test_a_refused_push_leaves_nothing(metadata: Metadata) -> None:
    await limit(metadata, 5)
    with pytest.raises(QuotaExceeded):
        await metadata.write(blobs.add, APP, blob(6))
    await metadata.write(blobs.add, APP, blob(5))
    assert await metadata.read(lambda tx: tx.quotas.used(TEAM)) == (5, 1)


async def test_a_mount_counts_in_each_repository(metadata: Metadata) -> None:
    await limit(metadata, 9)
    await metadata.write(blobs.add, APP, blob(5))
    with pytest.raises(QuotaExceeded):
        await metadata.write(blobs.mount, OPEN, OTHER, blob(5).digest, APP)


async def test_what_is_deleted_makes_room(metadata: Metadata) -> None:
    await limit(metadata, 5)
    await metadata.write(blobs.add, APP, blob(5))
    await metadata.write(blobs.delete, APP, blob(5).digest)
    await metadata.write(blobs.add, OTHER, blob(5, 1))


async def test_there_are_as_many_repositories_as_allowed(metadata: Metadata) -> None:
    await limit(metadata, None, 1)
    await metadata.write(blobs.add, APP, blob(1))
    for push in (
        metadata.write(blobs.add, OTHER, blob(1)),
        metadata.write(manifests.put, OTHER, *index(), []),
    ):
        with pytest.raises(QuotaExceeded, match="may have 1 repositories"):
            await push
    await metadata.write(manifests.put, APP, *index(), [])
    await metadata.write(manifests.put, ELSEWHERE, *index(), [])


async def test_what_is_too_long_is_refused_before_it_comes(metadata: Metadata) -> None:
    await limit(metadata, 3 << 30)
    await metadata.read(quotas.require, APP, 3 << 30, None)
    with pytest.raises(QuotaExceeded, match=r"is 3\.0 GiB, and this push would make it 3\.1 GiB"):
        await metadata.read(quotas.require, APP, (3 << 30) + 1, None)


async def test_what_comes_again_is_let_in(metadata: Metadata) -> None:
    await metadata.write(blobs.add, APP, blob(6))
    await limit(metadata, 6)
    await metadata.read(quotas.require, APP, 6, blob(6).digest)
    with pytest.raises(QuotaExceeded):
        await metadata.read(quotas.require, APP, 6, blob(6, 1).digest)


async def test_a_quota_is_set_changed_and_removed(metadata: Metadata) -> None:
    await limit(metadata, 1)
    await limit(metadata, 2, 3)
    assert await metadata.read(lambda tx: tx.quotas.page("", 9)) == [Quota(TEAM, 2, 3)]
    await metadata.write(quotas.remove, TEAM)
    with pytest.raises(Unknown):
        await metadata.write(quotas.remove, TEAM)
    acts = await metadata.read(lambda tx: [entry.action for entry in tx.audit.page(0, 9)])
    assert acts == ["quota.set", "quota.set", "quota.remove"]


@pytest.mark.parametrize("quota", [Quota(Pattern("*/app"), 1, None), Quota(TEAM, None, None)])
async def test_what_can_not_be_counted_is_refused(metadata: Metadata, quota: Quota) -> None:
    with pytest.raises(Invalid):
        await metadata.write(quotas.put, quota)
