"""The rules of notifications: who is told what, in which order, how often, and when no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Event, Kind
from longshore.delivery.notifications.outbox import Letter, Progress, Undelivered
from longshore.delivery.notifications.subscriptions import (
    FIRST_PAUSE,
    GIVE_UP_AFTER,
    LONGEST_ASKED,
    LONGEST_PAUSE,
    PATIENCE,
    Wish,
)
from longshore.delivery.ports import Metadata, Transaction
from longshore.registry.directory import Actor
from longshore.registry.patterns import Pattern
from longshore.registry.refusals import Unknown
from longshore.storage.memory.metadata import MemoryMetadata
from tests.backends import HOUR, Time

URL = "https://ci.example.com/hook?token=planted-token"
DOWN = Undelivered("it can not be reached")
REFUSED = Undelivered("it answers 500", is_refusal=True)
EVENT = Event(Kind.TAG_MOVED, "team/app", "1.0")
CI = Wish("ci", "webhook", URL)


async def emit(metadata: Metadata, *tags: str) -> None:
    for tag in tags:
        await metadata.write(subscriptions.emit, EVENT._replace(tag=tag))


async def following(metadata: Metadata) -> Letter | None:
    found = await metadata.read(subscriptions.next_letter, "ci")
    return found[1] if found else None


async def attempt(metadata: Metadata, problem: Undelivered | None = None) -> str:
    """Try the next letter, which there is, and answer its tag."""
    letter = await following(metadata)
    assert letter is not None
    if problem is None:
        await metadata.write(subscriptions.delivered, "ci", letter)
    else:
        await metadata.write(subscriptions.failed, "ci", letter, problem, 0.0)
    return letter.message.event.tag


async def progress(metadata: Metadata) -> Progress:
    return (await metadata.read(subscriptions.find, "ci")).progress


TEAM, PROD = Pattern("team/**"), Pattern("prod*")


@pytest.mark.parametrize(
    ("event", "is_wanted"),
    [
        (Event(Kind.TAG_MOVED, "team/app"), True),
        (Event(Kind.TAG_MOVED, "other/app"), False),
        (Event(Kind.DEPLOYED, "team/app", environment="production"), True),
        (Event(Kind.DEPLOYED, "team/app", environment="staging"), False),
        (Event(Kind.DEPLOYED, "other/app", environment="production"), False),
        (Event(Kind.AGENT_LOST, environment="production"), True),
        (Event(Kind.AGENT_LOST, environment="staging"), False),
    ],
)
async def test_patterns_are_about_what_an_event_has(
    metadata: Metadata, event: Event, is_wanted: bool
) -> None:
    await metadata.write(subscriptions.add, CI._replace(repositories=TEAM, environments=PROD))
    await metadata.write(subscriptions.emit, event)
    assert (await following(metadata) is not None) is is_wanted


async def test_all_who_want_it_get_the_same_message(metadata: Metadata, time: Time) -> None:
    for name in ("a", "b"):
        await metadata.write(subscriptions.add, CI._replace(name=name))
    await metadata.by(Actor("alice")).write(subscriptions.emit, EVENT)
    assert await metadata.read(subscriptions.due) == ["a", "b"]
    [(_, one), (_, other)] = [
        found
        for name in ("a", "b")
        if (found := await metadata.read(subscriptions.next_letter, name))
    ]
    assert one.message == other.message
    assert one.message[1:] == (time.now, "alice", EVENT)
    assert len(one.message.id) == 32


async def test_an_event_of_an_act_that_fails_is_none(metadata: Metadata) -> None:
    def fail(tx: Transaction) -> None:
        subscriptions.emit(tx, EVENT)
        raise Unknown

    await metadata.write(subscriptions.add, CI)
    with pytest.raises(Unknown):
        await metadata.write(fail)
    assert await following(metadata) is None


async def test_a_test_is_sent_at_once_and_does_not_wait(metadata: Metadata) -> None:
    await metadata.write(subscriptions.add, CI)
    target, message = await metadata.by(Actor("alice")).read(subscriptions.trial, "ci")
    assert (target.address, message.event, message.actor) == (URL, Event(Kind.TEST), "alice")
    assert await following(metadata) is None


async def test_a_target_that_is_down_gets_longer_and_longer_rests(
    metadata: Metadata, time: Time
) -> None:
    await metadata.write(subscriptions.add, CI)
    await emit(metadata, "first", "second")
    for expected in (1, 2, 4, 8, 16, 32, 64, 128, 180, 180):
        assert await attempt(metadata, DOWN) == "first"
        pause = min(expected * FIRST_PAUSE, LONGEST_PAUSE)
        time.advance(pause - 1)
        assert await following(metadata) is None
        assert await metadata.read(subscriptions.due) == []
        time.advance(1)
    assert (await progress(metadata)).failures == 10
    assert (await progress(metadata)).problem == "it can not be reached"
    assert [await attempt(metadata), await attempt(metadata)] == ["first", "second"]
    assert await progress(metadata) == (0, 0, "", time.now, 0)


async def test_pauses_differ(metadata: Metadata, time: Time) -> None:
    await metadata.write(subscriptions.add, CI)
    await emit(metadata, "first")
    letter = await following(metadata)
    assert letter is not None
    for chance, pause in ((0.0, 1.0), (0.5, 1.5), (1.0, 2.0)):
        await metadata.write(subscriptions.failed, "ci", letter, DOWN, chance)
        failures = (await progress(metadata)).failures
        expected = FIRST_PAUSE * 2 ** (failures - 1) * (1 - chance / 2)
        assert (await progress(metadata)).retry_at == time.now + expected, pause


@pytest.mark.parametrize(("asked", "pause"), [(0.0, 0), (90.0, 90_000), (1e9, LONGEST_ASKED)])
async def test_who_asks_to_wait_is_waited_for(
    metadata: Metadata, time: Time, asked: float, pause: int
) -> None:
    await metadata.write(subscriptions.add, CI)
    await emit(metadata, "first")
    await attempt(metadata, Undelivered("it answers 429", retry_after=asked))
    assert (await progress(metadata)).retry_at == time.now + pause


async def test_what_is_refused_again_and_again_lets_others_pass(
    metadata: Metadata, time: Time
) -> None:
    await metadata.write(subscriptions.add, CI)
    await emit(metadata, "bad", "good", "better")
    for _ in range(PATIENCE):
        assert await attempt(metadata, REFUSED) == "bad"
        time.advance(LONGEST_PAUSE)
    assert [await attempt(metadata), await attempt(metadata)] == ["good", "better"]
    assert await attempt(metadata, REFUSED) == "bad"
    assert (await progress(metadata)).failures == 0  # which is no reason for the target to rest
    await emit(metadata, "later")
    assert await attempt(metadata) == "later"
    assert await following(metadata) is None
    time.advance(LONGEST_PAUSE)
    assert await attempt(metadata) == "bad"


async def test_a_target_that_refuses_everything_is_not_flooded(
    metadata: Metadata, time: Time
) -> None:
    await metadata.write(subscriptions.add, CI)
    await emit(metadata, *map(str, range(50)))
    attempts = 0
    for _ in range(24 * 60):  # a day, looked at every minute
        while await following(metadata) is not None:
            await attempt(metadata, REFUSED)
            attempts += 1
        time.advance(60_000)
    assert attempts < 24 * 60 * 60_000 / LONGEST_PAUSE * 6


async def test_what_is_too_old_is_given_up(metadata: Metadata, time: Time) -> None:
    await metadata.write(subscriptions.add, CI)
    await emit(metadata, "old")
    time.advance(GIVE_UP_AFTER)
    await emit(metadata, "new")
    assert await metadata.write(subscriptions.expire) == []
    time.advance(1)
    assert await metadata.write(subscriptions.expire) == [("ci", 1)]
    assert await metadata.write(subscriptions.expire) == []
    assert await attempt(metadata) == "new"
    assert (await progress(metadata)).dropped == 1


async def test_too_many_are_not_kept(metadata: Metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MOST_LETTERS", 2)
    await metadata.write(subscriptions.add, CI)
    await emit(metadata, "1", "2", "3")
    assert await metadata.write(subscriptions.expire) == [("ci", 1)]
    assert await attempt(metadata) == "2"


async def test_who_went_away_meanwhile_is_no_trouble(metadata: Metadata) -> None:
    await metadata.write(subscriptions.add, CI)
    await emit(metadata, "1", "2")
    letter = await following(metadata)
    assert letter is not None
    await metadata.write(subscriptions.remove, "ci")
    await metadata.write(subscriptions.delivered, "ci", letter)
    await metadata.write(subscriptions.failed, "ci", letter, DOWN, 0.5)
    assert await metadata.read(subscriptions.due) == []


async def test_one_process_sends_at_a_time(metadata: Metadata, time: Time) -> None:
    assert await metadata.write(subscriptions.take_lease, "one")
    assert not await metadata.write(subscriptions.take_lease, "two")
    time.advance(subscriptions.LEASE_PERIOD)
    assert await metadata.write(subscriptions.take_lease, "two")


@given(
    bad=st.sets(st.integers(0, 9)),
    outages=st.lists(st.booleans(), max_size=40),
)
async def test_everything_arrives_once_and_what_is_not_refused_in_order(
    bad: set[int], outages: list[bool]
) -> None:
    """Bad letters are refused until all others have arrived, and outages end."""
    time = Time()
    metadata = MemoryMetadata(HOUR, time)
    await metadata.write(subscriptions.add, CI)
    await emit(metadata, *map(str, range(10)))
    arrived: list[int] = []
    for _ in range(400):
        letter = await following(metadata)
        if letter is None:
            time.advance(LONGEST_PAUSE)
            continue
        number = int(letter.message.event.tag)
        is_refused = number in bad and len(arrived) < 10 - len(bad)
        if outages and outages.pop():
            await metadata.write(subscriptions.failed, "ci", letter, DOWN, 0.5)
        elif is_refused:
            await metadata.write(subscriptions.failed, "ci", letter, REFUSED, 0.5)
        else:
            await metadata.write(subscriptions.delivered, "ci", letter)
            arrived.append(number)
    assert sorted(arrived) == list(range(10))
    good = [number for number in arrived if number not in bad]
    assert good == sorted(good)
