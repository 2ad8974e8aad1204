"""The contract of `directory.Audit`, on every backend."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.registry.directory import Actor, Entry, Wanted
from longshore.registry.ports import Transaction

ALICE = Actor("alice", "10.0.0.1", "request-1", "repo:acme/app")
BOB = Actor("bob")
LINES = [
    Entry(0, 10, ALICE, "push", "a@sha256:1", "done", {"tags": {"latest": None}}),
    Entry(0, 20, BOB, "push", "a@sha256:1", "refused", {"reason": "ü \x00"}),
    Entry(0, 30, BOB, "login", "bob", "done", {}),
    Entry(0, 25, ALICE, "login", "alice", "refused", {"list": ["b", 1, True]}),
]


def fill(tx: Transaction) -> list[Entry]:
    for line in LINES:
        tx.audit.add(line)
    return tx.audit.page(0, 99)


async def test_lines_come_back_as_they_were_added_with_ids_that_grow(metadata: Metadata) -> None:
    await metadata.write(fill)
    found = await metadata.read(lambda tx: tx.audit.page(0, 99))
    assert [line._replace(id=0) for line in found] == LINES
    ids = [line.id for line in found]
    assert ids == sorted(set(ids))
    assert ids[0] > 0


async def test_pages_are_after_an_id(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        lines = fill(tx)
        assert tx.audit.page(0, 2) == lines[:2]
        assert tx.audit.page(lines[1].id, 9) == lines[2:]
        assert tx.audit.page(lines[-1].id, 9) == []
        assert tx.audit.page(0, 0) == []

    await metadata.write(check)


async def test_the_latest_are_in_order(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.audit.latest(9) == []
        lines = fill(tx)
        assert tx.audit.latest(2) == lines[-2:]
        assert tx.audit.latest(99) == lines
        assert tx.audit.latest(0) == []

    await metadata.write(check)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(actor="bob"), [1, 2]),
        (Wanted(action="push"), [0, 1]),
        (Wanted(target="alice"), [3]),
        (Wanted(outcome="refused"), [1, 3]),
        (Wanted(actor="bob", action="push"), [1]),
        (Wanted(actor="bob", target="alice"), []),
        (Wanted(actor="bo%"), []),
        (Wanted(since=20), [1, 2, 3]),
    ],
)
async def test_lines_that_are_wanted(
    wanted: Wanted, expected: list[int], metadata: Metadata
) -> None:
    def check(tx: Transaction) -> None:
        lines = fill(tx)
        found = [lines[number] for number in expected]
        assert tx.audit.page(0, 99, wanted) == found
        assert tx.audit.latest(99, wanted) == found
        assert tx.audit.page(0, 1, wanted) == found[:1]
        assert tx.audit.latest(1, wanted) == found[-1:]
        if found:
            assert tx.audit.page(found[0].id, 99, wanted) == found[1:]
            assert tx.audit.latest(99, wanted, found[-1].id) == found[:-1]

    await metadata.write(check)


async def test_lines_of_a_place_and_of_what_is_in_it(metadata: Metadata) -> None:
    within = ["team/app", "team/app:v1", "team/app@sha256:0", "team/app/web:v1", "/v2/team/app/x"]
    without = ["team", "team/apple:v1", "team/app-x", "xteam/app", "/v2/team/application/", "%"]

    def check(tx: Transaction) -> None:
        for target in (*within, *without):
            tx.audit.add(LINES[0]._replace(target=target))
        wanted = Wanted(places=["team/app", "/v2/team/app"])
        assert [line.target for line in tx.audit.page(0, 99, wanted)] == within
        assert [line.target for line in tx.audit.latest(2, wanted)] == within[-2:]

    await metadata.write(check)


async def test_the_oldest_are_removed(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        lines = fill(tx)
        assert tx.audit.remove(10, 9) == 0
        assert tx.audit.remove(31, 1) == 1
        assert tx.audit.page(0, 9) == lines[1:]
        assert tx.audit.remove(30, 9) == 2
        assert tx.audit.page(0, 9) == lines[2:3]

    await metadata.write(check)


async def test_age_is_by_time_where_the_clock_was_set_back(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        lines = fill(tx)
        assert tx.audit.remove(31, 3) == 3
        assert tx.audit.page(0, 9) == lines[2:3]

    await metadata.write(check)


async def test_an_id_is_never_given_again(metadata: Metadata) -> None:
    """Who has read up to some line misses none that comes after all were removed."""

    def check(tx: Transaction) -> None:
        last = fill(tx)[-1].id
        assert tx.audit.remove(99, 99) == len(LINES)
        tx.audit.add(LINES[0])
        [line] = tx.audit.page(last, 9)
        assert line._replace(id=0) == LINES[0]

    await metadata.write(check)
