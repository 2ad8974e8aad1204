"""The contract of `directory.Quotas`, on every backend."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.directory import Quota, Usage
from longshore.registry.patterns import Pattern
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredBlob

NAMES = [RepositoryName(name) for name in ("a", "a/b", "a/b/c", "a-b", "a.b", "a0", "b", "zz")]
BLOB = StoredBlob(Digest.of(b"blob"), 10, "key")


async def test_one_quota_for_each_pattern_in_byte_order(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        for pattern in ("b", "a/**", "**", "a"):
            tx.quotas.put(Quota(Pattern(pattern), 1, None))
        tx.quotas.put(Quota(Pattern("a"), None, 2))
        assert [quota.pattern for quota in tx.quotas.page("", 9)] == ["**", "a", "a/**", "b"]
        assert tx.quotas.page("**", 1) == [Quota(Pattern("a"), None, 2)]
        covering = tx.quotas.covering(RepositoryName("a/b"))
        assert [quota.pattern for quota in covering] == ["**", "a", "a/**"]
        assert tx.quotas.remove(Pattern("a"))
        assert not tx.quotas.remove(Pattern("a"))

    await metadata.write(check)


@pytest.mark.parametrize(
    ("pattern", "expected"), [("**", 8), ("a", 3), ("a/**", 2), ("a/b", 2), ("b", 1), ("c", 0)]
)
async def test_what_is_used_is_counted_by_name(
    metadata: Metadata, pattern: str, expected: int
) -> None:
    def check(tx: Transaction) -> None:
        for name in NAMES:
            tx.repositories.add(name)
            tx.blobs.add(name, BLOB, 0)
            tx.blobs.add(name, BLOB, 0)  # again, which adds nothing
        assert tx.quotas.used(Pattern(pattern)) == Usage(10 * expected, expected)

    await metadata.write(check)


async def test_bytes_go_with_the_link(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        for name in NAMES[:2]:
            tx.repositories.add(name)
            tx.blobs.add(name, BLOB, 0)
        tx.blobs.remove(NAMES[0], BLOB.digest, 0)
        tx.blobs.remove(NAMES[0], BLOB.digest, 0)  # again, which takes nothing
        assert tx.quotas.used(Pattern("a")) == Usage(10, 2)
        tx.mending.lose(BLOB.digest, 0)
        assert tx.quotas.used(Pattern("a")) == Usage(0, 2)

    await metadata.write(check)
