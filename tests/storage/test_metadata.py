"""The contract of `ports.Metadata`, on every backend: what a transaction is."""

import asyncio

import pytest

from longshore.delivery.ports import Metadata
from longshore.oci.errors import ManifestUnknown
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.directory import SYSTEM, Actor
from longshore.registry.ports import Transaction
from longshore.registry.records import StoredBlob
from tests.backends import HOUR, Time
from tests.content import index

A = RepositoryName("a")
EMPTY = index()


class Refused(Exception):
    """Any reason for which a rule ends early."""


def push(tx: Transaction, tag: str, *, then_fail: bool = False) -> str:
    tx.repositories.add(A)
    tx.manifests.add(A, *EMPTY, tx.now)
    tx.blobs.add(A, StoredBlob(EMPTY.digest, 1, "key"), tx.now)
    tx.tags.point(A, Tag(tag), EMPTY.digest)
    tx.statistics.add({"pushes": 1})
    if then_fail:
        raise Refused(tag)
    return tag


def tags(tx: Transaction) -> list[Tag]:
    return tx.tags.page(A, "", 999)


async def test_a_rule_gets_its_arguments_and_its_answer_comes_back(metadata: Metadata) -> None:
    assert await metadata.write(push, "one", then_fail=False) == "one"
    assert await metadata.read(tags) == ["one"]


async def test_time_and_grace_are_those_of_the_backend(metadata: Metadata, time: Time) -> None:
    def look(tx: Transaction) -> tuple[int, int]:
        return tx.now, tx.grace

    assert await metadata.read(look) == (time.now, HOUR)
    time.advance(5)
    assert await metadata.write(look) == (time.now, HOUR)


async def test_a_rule_that_raises_leaves_nothing(metadata: Metadata) -> None:
    def measure(tx: Transaction) -> set[int]:
        return {*tx.statistics.measure().values(), *tx.statistics.totals().values()}

    with pytest.raises(Refused, match="one"):
        await metadata.write(push, "one", then_fail=True)
    assert await metadata.read(measure) == {0}


async def test_a_rule_that_raises_undoes_what_it_changed_and_removed(metadata: Metadata) -> None:
    def destroy(tx: Transaction) -> None:
        tx.manifests.remove(A, EMPTY.digest, tx.now)
        tx.blobs.remove(A, EMPTY.digest, tx.now)
        tx.repositories.remove_if_empty(A)
        raise ManifestUnknown

    def check(tx: Transaction) -> None:
        assert tags(tx) == ["one"]
        assert tx.blobs.find(A, EMPTY.digest) is not None
        assert tx.garbage.discarded(9) == []

    await metadata.write(push, "one")
    with pytest.raises(ManifestUnknown):
        await metadata.write(destroy)
    await metadata.read(check)


async def test_a_read_that_raises_does_not_spoil_the_next(metadata: Metadata) -> None:
    def fail(_: Transaction) -> None:
        raise Refused

    for _ in range(2):
        with pytest.raises(Refused):
            await metadata.read(fail)
    assert await metadata.read(tags) == []


async def test_a_read_keeps_nothing(metadata: Metadata) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011  a backend refuses in its own words …
        await metadata.read(push, "one", then_fail=True)
    assert await metadata.read(tags) == []  # … or ignores it


async def test_writes_at_one_time_do_not_harm_each_other(metadata: Metadata) -> None:
    writes = [
        metadata.write(push, f"{number:03}", then_fail=number % 3 == 0) for number in range(99)
    ]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    for number, outcome in enumerate(outcomes):
        if number % 3 == 0:
            assert isinstance(outcome, Refused)
        else:
            assert outcome == f"{number:03}"
    assert await metadata.read(tags) == [f"{n:03}" for n in range(99) if n % 3]

    def pushes(tx: Transaction) -> int:
        return tx.statistics.totals()["pushes"]

    assert await metadata.read(pushes) == 66


async def test_writes_happen_in_the_order_in_which_they_were_asked_for(metadata: Metadata) -> None:
    order: list[int] = []

    def note(_: Transaction, number: int) -> None:
        order.append(number)

    await asyncio.gather(*(metadata.write(note, number) for number in range(200)))
    assert order == list(range(200))


async def test_whoever_waits_for_a_write_may_go_away(metadata: Metadata) -> None:
    waiting = [asyncio.ensure_future(metadata.write(push, str(number))) for number in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await metadata.write(push, "last") == "last"
    assert set(await metadata.read(tags)) >= {"0", "2", "last"}


def actor_of(tx: Transaction) -> Actor:
    return tx.actor


async def test_a_transaction_is_for_whom_it_was_begun(metadata: Metadata) -> None:
    alice, bob = Actor("alice", "10.0.0.1", "request-1", "who"), Actor("bob")
    for_alice = metadata.by(alice)
    for_bob = for_alice.by(bob)
    for rows, actor in ((metadata, SYSTEM), (for_alice, alice), (for_bob, bob), (metadata, SYSTEM)):
        assert await rows.read(actor_of) == actor
        assert await rows.write(actor_of) == actor


async def test_whom_a_change_is_for_changes_nothing_else(metadata: Metadata) -> None:
    await metadata.by(Actor("alice")).write(push, "one")
    assert await metadata.read(tags) == ["one"]
    assert await metadata.by(Actor("bob")).read(tags) == ["one"]


async def test_actors_of_one_batch_do_not_mix(metadata: Metadata) -> None:
    """Those of rules that fail are not the next one's either."""

    def act(tx: Transaction, number: int) -> str:
        if number % 3 == 0:
            raise Refused(tx.actor.name)
        return tx.actor.name

    writes = [metadata.by(Actor(str(number))).write(act, number) for number in range(99)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == [str(number) for number in range(99)]
