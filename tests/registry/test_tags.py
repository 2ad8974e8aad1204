"""The rules of tags: when one moves, and what it leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestUnknown, NameUnknown, TagMoved
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import manifests, tags
from longshore.registry.ports import Transaction
from longshore.registry.records import Candidate
from longshore.registry.tags import ANY, Condition, Terms
from tests.backends import HOUR, Time
from tests.content import Pushed, index

A, B = RepositoryName("a"), RepositoryName("a/b")
FIRST, SECOND = index(), index(annotations={"of": "the second"})
TAG = Tag("latest")


async def put(metadata: Metadata, one: Pushed, condition: Condition = ANY, tag: Tag = TAG) -> None:
    await metadata.write(manifests.put, A, *one, [tag], Terms(condition))


def kept_until(tx: Transaction, digest: Digest) -> int | None:
    return manifests.find(tx, A, digest).kept_until


def settle(tx: Transaction) -> None:
    for one in (FIRST, SECOND):
        tx.garbage.settle(Candidate("manifest", A, one.digest))


async def test_what_a_tag_leaves_is_kept_for_the_grace(metadata: Metadata, time: Time) -> None:
    await put(metadata, FIRST)
    await metadata.write(settle)
    time.advance(9 * HOUR)
    await put(metadata, SECOND)
    assert await metadata.read(kept_until, FIRST.digest) == time.now + HOUR
    await metadata.write(settle)
    time.advance(9 * HOUR)
    await metadata.write(tags.delete, A, TAG)
    assert await metadata.read(kept_until, SECOND.digest) == time.now + HOUR
    assert await metadata.read(kept_until, FIRST.digest) is None


async def test_a_tag_that_stays_leaves_nothing(metadata: Metadata, time: Time) -> None:
    await put(metadata, FIRST)
    await metadata.write(settle)
    time.advance(1)
    await metadata.write(tags.point, A, TAG, FIRST.digest)
    assert await metadata.read(kept_until, FIRST.digest) is None


NAMES = st.frozensets(st.sampled_from([FIRST.digest, SECOND.digest, "*", "unlike"]))


@given(st.none() | st.sampled_from([FIRST.digest, SECOND.digest]), st.booleans(), st.none() | NAMES)
def test_conditions_are_those_of_http(
    former: Digest | None, is_absent: bool, among: frozenset[str] | None
) -> None:
    """RFC 9110, section 13: If-None-Match: * forbids any, and If-Match demands one of these."""
    forbidden = is_absent and former is not None
    demanded = among is None or (former is not None and bool(among & {former, "*"}))
    assert Condition(is_absent, among).allows(former) == (demanded and not forbidden)


async def test_a_tag_moves_only_when_its_condition_holds(metadata: Metadata) -> None:
    on_first = Condition(among=frozenset([FIRST.digest]))
    with pytest.raises(TagMoved):
        await put(metadata, SECOND, on_first)
    await put(metadata, FIRST, Condition(is_absent=True))
    with pytest.raises(TagMoved):
        await put(metadata, SECOND, Condition(is_absent=True))
    await put(metadata, SECOND, on_first)
    with pytest.raises(TagMoved) as refused:
        await put(metadata, SECOND, on_first)
    assert refused.value.detail == {"tag": TAG, "digest": SECOND.digest}


async def test_pages_of_tags(metadata: Metadata) -> None:
    for text in ("b", "a", "c"):
        await put(metadata, FIRST, tag=Tag(text))
    assert await metadata.read(tags.page, A, "", 2) == (["a", "b"], True)
    assert await metadata.read(tags.page, A, "", 3) == (["a", "b", "c"], False)
    assert await metadata.read(tags.page, A, "b", 2) == (["c"], False)
    assert await metadata.read(tags.page, A, "", 0) == ([], True)
    with pytest.raises(NameUnknown):
        await metadata.read(tags.page, B, "", 2)


async def test_deleting_a_tag_removes_that_name_alone(metadata: Metadata) -> None:
    await put(metadata, FIRST)
    await put(metadata, FIRST, tag=Tag("other"))
    await metadata.write(tags.delete, A, TAG)
    assert await metadata.read(tags.page, A, "", 9) == (["other"], False)
    for repository, tag in ((A, TAG), (B, Tag("other"))):
        with pytest.raises(ManifestUnknown):
            await metadata.write(tags.delete, repository, tag)
    await metadata.write(tags.delete, A, Tag("other"))
    assert await metadata.read(tags.page, A, "", 9) == ([], False)
    assert (await metadata.read(manifests.find, A, FIRST.digest)).digest == FIRST.digest
