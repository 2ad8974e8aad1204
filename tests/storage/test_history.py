"""The contract of `history.History`, on every backend."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.directory import SYSTEM, Actor
from longshore.registry.history import UNKNOWN, Move, Origin
from longshore.registry.ports import Transaction

A, B = RepositoryName("a"), RepositoryName("a/b")
V1, V2 = Tag("v1"), Tag("v2")
ONE, TWO = Digest.of(b"one"), Digest.of(b"two", "sha512")
ALICE = Actor("alice", "10.0.0.1", "request-1", "repo:acme/app")
ORIGIN = Origin("0ff1ce", "https://example.com/ü", "feature/x")
MOVES = [
    Move(0, 10, A, V1, None, ONE, "push", ALICE, ORIGIN),
    Move(0, 20, A, V2, None, ONE, "rule", ALICE, UNKNOWN),
    Move(0, 30, B, V1, None, TWO, "push", SYSTEM, UNKNOWN),
    Move(0, 40, A, V1, ONE, TWO, "restore", ALICE, UNKNOWN),
    Move(0, 35, A, V1, TWO, None, "manifest-delete", ALICE, UNKNOWN),
]


def fill(tx: Transaction) -> list[Move]:
    """Answers them as they come back: without an address, and with ids."""
    added = []
    for move in MOVES:
        tx.history.add(move)
        last = tx.history.last(move.repository, move.tag)
        assert last is not None
        added.append(move._replace(id=last.id, actor=move.actor._replace(address="")))
    return added


async def test_moves_come_back_as_they_were_added_but_for_an_address(metadata: Metadata) -> None:
    added = await metadata.write(fill)
    found = await metadata.read(lambda tx: tx.history.page(A, None, None, 9))
    assert found == [move for move in reversed(added) if move.repository == A]
    ids = [move.id for move in added]
    assert ids == sorted(set(ids))
    assert ids[0] > 0


async def test_an_origin_is_what_an_image_said_last(metadata: Metadata) -> None:
    later = Origin("c0ffee", branch="master")

    def check(tx: Transaction) -> None:
        fill(tx)
        assert tx.history.origin(A, ONE) == ORIGIN
        assert tx.history.origin(A, TWO) == UNKNOWN
        assert tx.history.origin(B, ONE) == UNKNOWN
        tx.history.add(Move(0, 50, A, V2, None, ONE, "push", ALICE, later))
        tx.history.add(Move(0, 60, A, V1, None, ONE, "restore", ALICE, UNKNOWN))
        assert tx.history.origin(A, ONE) == later

    await metadata.write(check)


async def test_pages_are_of_a_tag_or_of_a_repository_the_newest_first(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        first, second, other, third, fourth = fill(tx)
        assert tx.history.page(A, V1, None, 9) == [fourth, third, first]
        assert tx.history.page(A, V2, None, 9) == [second]
        assert tx.history.page(B, None, None, 9) == [other]
        assert tx.history.page(A, None, None, 2) == [fourth, third]
        assert tx.history.page(A, None, third.id, 9) == [second, first]
        assert tx.history.page(A, V1, third.id, 9) == [first]
        assert tx.history.page(A, V1, first.id, 9) == []
        assert tx.history.page(A, None, None, 0) == []
        assert tx.history.page(RepositoryName("a/c"), None, None, 9) == []
        assert tx.history.page(B, V2, None, 9) == []

    await metadata.write(check)


async def test_the_last_move_is_the_one_that_was_added_last(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.history.last(A, V1) is None
        added = fill(tx)
        assert tx.history.last(A, V1) == added[4]
        assert tx.history.last(A, V2) == added[1]
        assert tx.history.last(B, V1) == added[2]
        assert tx.history.last(B, V2) is None

    await metadata.write(check)


@pytest.mark.parametrize(
    ("before", "limit", "expected"),
    [(10, 9, []), (11, 9, [0]), (40, 9, [0, 1, 2, 4]), (99, 2, [0, 1]), (99, 0, []), (15, 1, [0])],
)
async def test_the_oldest_are_removed(
    before: int, limit: int, expected: list[int], metadata: Metadata
) -> None:
    def check(tx: Transaction) -> None:
        added = fill(tx)
        assert tx.history.remove(before, limit) == len(expected)
        left = {*tx.history.page(A, None, None, 9), *tx.history.page(B, None, None, 9)}
        assert left == {move for number, move in enumerate(added) if number not in expected}

    await metadata.write(check)


async def test_an_id_is_never_given_again(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        last = fill(tx)[-1]
        assert tx.history.remove(99, 99) == len(MOVES)
        tx.history.add(MOVES[0])
        found = tx.history.last(A, V1)
        assert found is not None
        assert found.id > last.id

    await metadata.write(check)
