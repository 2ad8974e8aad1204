"""The rules of what is listed: the catalog, referrers, and totals."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry import manifests, referrers, repositories, statistics
from longshore.registry.access import OPEN
from tests.content import index

A = RepositoryName("a")
SUBJECT = Digest.of(b"a subject that never came")


async def test_pages_of_the_catalog(metadata: Metadata) -> None:
    for name in ("b", "a", "a/b"):
        await metadata.write(manifests.put, RepositoryName(name), *index(), [])
    assert await metadata.read(repositories.page, OPEN, "", 2) == (["a", "a/b"], True)
    assert await metadata.read(repositories.page, OPEN, "", 3) == (["a", "a/b", "b"], False)
    assert await metadata.read(repositories.page, OPEN, "a/b", 2) == (["b"], False)
    assert await metadata.read(repositories.page, OPEN, "", 0) == ([], True)


async def test_referrers_that_fit_are_one_page(metadata: Metadata) -> None:
    one = index(subject=SUBJECT, artifact_type="application/x.one")
    two = index(subject=SUBJECT, artifact_type="application/x.two")
    for pushed in (one, two):
        await metadata.write(manifests.put, A, *pushed, [])
    found, more = await metadata.read(referrers.page, A, SUBJECT, None, "")
    assert [referrer.digest for referrer in found] == sorted([one.digest, two.digest])
    assert not more
    found, more = await metadata.read(referrers.page, A, SUBJECT, "application/x.two", "")
    assert [referrer.digest for referrer in found] == [two.digest]
    assert not more
    assert await metadata.read(referrers.page, A, Digest.of(b"other"), None, "") == ([], False)
    assert await metadata.read(referrers.page, RepositoryName("b"), SUBJECT, None, "") == (
        [],
        False,
    )


async def test_large_referrers_are_parted_into_pages_that_clients_read(
    metadata: Metadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(referrers, "PAGE_BYTES", 5000)
    pushed = [
        index(subject=SUBJECT, annotations={"number": str(number), "text": "x" * 200})
        for number in range(10)
    ]
    huge = index(subject=SUBJECT, annotations={"text": "x" * 9000})
    for one in [*pushed, huge]:
        await metadata.write(manifests.put, A, *one, [])
    found: list[Digest] = []
    more = True
    while more:
        last = found[-1] if found else ""
        page, more = await metadata.read(referrers.page, A, SUBJECT, None, last)
        assert page  # at least one, however large
        assert len(page) < 6
        found += [referrer.digest for referrer in page]
    assert found == sorted(one.digest for one in [*pushed, huge])


async def test_totals_are_measured_and_added_up(metadata: Metadata) -> None:
    await metadata.write(manifests.put, A, *index(), [])
    for _ in range(2):
        measured = await metadata.read(statistics.measure)
        await metadata.write(statistics.record, measured, {"rounds": 1})
    totals = await metadata.read(statistics.totals)
    assert totals == {**measured, "rounds": 2}
    assert totals["manifests"] == 1
