"""The rules of history: what is written down, who reads it page by page, and when it goes."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import TagMoved
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import manifests, moves, tags
from longshore.registry.directory import Actor
from longshore.registry.history import LONGEST_VALUE, UNKNOWN, Cause, Move, Origin
from longshore.registry.refusals import Unknown
from longshore.registry.tags import Condition, Terms
from tests.backends import Time
from tests.content import index

A, B = RepositoryName("a"), RepositoryName("a/b")
V1, V2 = Tag("v1"), Tag("v2")
FIRST, SECOND = index(), index(annotations={"of": "the second"})
ALICE = Actor("alice", "10.0.0.1", "request-1", "repo:acme/app")
ORIGIN = Origin("0ff1ce", "https://example.com/app", "develop")

Told = tuple[Tag, Digest | None, Digest | None, Cause]


async def history(metadata: Metadata, tag: Tag | None = None) -> list[Move]:
    found, more = await metadata.read(moves.page, A, tag, None, 99)
    assert not more
    return found


async def told(metadata: Metadata) -> list[Told]:
    """The oldest first."""
    found = await history(metadata)
    return [(move.tag, move.former, move.digest, move.cause) for move in reversed(found)]


async def test_every_move_is_written_down_with_its_cause(metadata: Metadata) -> None:
    await metadata.write(manifests.put, A, *FIRST, [V1, V2])
    await metadata.write(manifests.put, A, *SECOND, [V1])
    await metadata.write(tags.point, A, V2, SECOND.digest, Terms(cause="rule"))
    await metadata.write(tags.delete, A, V1)
    await metadata.write(manifests.put, A, *SECOND, [V1])
    await metadata.write(manifests.delete, A, SECOND.digest)
    assert await told(metadata) == [
        (V1, None, FIRST.digest, "push"),
        (V2, None, FIRST.digest, "push"),
        (V1, FIRST.digest, SECOND.digest, "push"),
        (V2, FIRST.digest, SECOND.digest, "rule"),
        (V1, SECOND.digest, None, "delete"),
        (V1, None, SECOND.digest, "push"),
        (V1, SECOND.digest, None, "manifest-delete"),
        (V2, SECOND.digest, None, "manifest-delete"),
    ]


async def test_what_does_not_move_is_not_written_down(metadata: Metadata) -> None:
    await metadata.write(manifests.put, A, *FIRST, [V1])
    await metadata.write(manifests.put, A, *FIRST, [V1])
    await metadata.write(manifests.put, A, *SECOND, [])
    with pytest.raises(TagMoved):
        await metadata.write(manifests.put, A, *SECOND, [V2, V1], Terms(Condition(is_absent=True)))
    assert len(await history(metadata)) == 1


async def test_a_move_says_when_who_and_from_where(metadata: Metadata, time: Time) -> None:
    await metadata.by(ALICE).write(manifests.put, A, *FIRST, [V1], Terms(origin=ORIGIN))
    [move] = await history(metadata)
    assert (move.at, move.origin) == (time.now, ORIGIN)
    assert move.actor == ALICE._replace(address="")
    await metadata.write(tags.delete, A, V1)
    assert (await history(metadata))[0].origin == UNKNOWN


async def test_pages_are_of_one_tag_or_of_all(metadata: Metadata) -> None:
    for pushed in (FIRST, SECOND, FIRST):
        await metadata.write(manifests.put, A, *pushed, [V1, V2])
    all_moves, mine = await history(metadata), await history(metadata, V1)
    assert mine == [move for move in all_moves if move.tag == V1]
    page, more = await metadata.read(moves.page, A, V1, None, 2)
    assert (page, more) == (mine[:2], True)
    assert await metadata.read(moves.page, A, V1, page[-1].id, 2) == (mine[2:], False)
    assert await metadata.read(moves.page, A, V1, mine[-1].id, 2) == ([], False)


async def test_history_outlives_its_repository(metadata: Metadata) -> None:
    await metadata.write(manifests.put, A, *FIRST, [V1])
    await metadata.write(manifests.delete, A, FIRST.digest)
    assert (await metadata.read(lambda tx: tx.statistics.measure()))["repositories"] == 0
    assert len(await history(metadata)) == 2
    assert await history(metadata, V2) == []
    with pytest.raises(Unknown):
        await metadata.read(moves.page, B, None, None, 9)


async def test_a_repository_of_before_has_an_empty_history(metadata: Metadata) -> None:
    await metadata.write(manifests.put, A, *FIRST, [V1])
    await metadata.write(lambda tx: tx.history.remove(tx.now + 1, 9))
    assert await history(metadata) == []
    assert await history(metadata, V1) == []


async def test_old_moves_go_some_at_a_time(
    metadata: Metadata, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "EXPIRE_AT_ONCE", 2)
    for number in range(5):
        await metadata.write(manifests.put, A, *FIRST, [Tag(str(number))])
        time.advance(10)
    before = time.now - 20  # when the fourth was made
    gone = [await metadata.write(moves.expire, before) for _ in range(3)]
    assert gone == [2, 1, 0]
    assert [move.tag for move in await history(metadata)] == ["4", "3"]


def test_an_origin_is_what_labels_say_in_one_line_each() -> None:
    labels = {
        "org.opencontainers.image.revision": "0ff1ce",
        "org.opencontainers.image.source": "https://example.com/" + "x" * 999,
        "longshore.branch": "feature/ü",
        "other": "value",
    }
    found = Origin.told(labels)
    assert (found.revision, found.branch) == ("0ff1ce", "feature/ü")
    assert len(found.source) == LONGEST_VALUE
    assert Origin.told({}) == UNKNOWN
    lies = {
        "org.opencontainers.image.revision": 7,
        "org.opencontainers.image.source": "two\nlines",
        "longshore.branch": "\x1b[31mred",
    }
    assert Origin.told(lies) == UNKNOWN


def test_an_origin_is_completed_by_another() -> None:
    assert Origin("a", "", "c").or_else(Origin("x", "y", "z")) == ("a", "y", "c")
