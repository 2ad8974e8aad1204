"""Logs: who may read them, which hosts are asked, and how long what they answer is there."""

import pytest

from longshore.delivery.environments import agents, hosts, logs
from longshore.delivery.environments.agents import Sighting
from longshore.delivery.environments.logs import READS, Answers, Begun, Wish
from longshore.delivery.environments.records import LogReader
from longshore.delivery.environments.reporting import LOST_AFTER
from longshore.oci.errors import TooManyRequests
from longshore.registry.access import LOCAL, NOBODY, Caller
from longshore.registry.directory import Wanted
from longshore.registry.refusals import Forbidden, Invalid, Unknown
from tests.delivery.environments.yard import Yard, environment

HANDS, DEPLOYER, STRANGER = Caller("hands", ()), Caller("dev", ()), Caller("stranger", ())
WEB = Wish("web", "key", 100)


@pytest.fixture
async def place(yard: Yard) -> Yard:
    """An environment with two hosts that were just heard of, and one that is lost."""
    await yard.apply(
        environment("staging", agents=("hands",), deployers=("dev",), approvers=("boss",)),
        environment("other", deployers=("dev",)),
    )
    await yard.write(agents.see, [Sighting("staging", "gone", 1)])
    yard.time.advance(LOST_AFTER + 1)
    await yard.write(agents.see, [Sighting("staging", host, 1) for host in ("b", "a")])
    await yard.write(hosts.lose)
    return yard


async def begin(yard: Yard, caller: Caller = DEPLOYER, wish: Wish = WEB, name: str = "me") -> Begun:
    return await yard.by(caller.name, logs.begin, caller, "staging", name, wish)


async def reader(yard: Yard, caller: Caller = DEPLOYER, name: str = "me") -> LogReader:
    return await yard.metadata.read(logs.reading, caller, "staging", name)


async def asked(yard: Yard, host: str, after: int = 0) -> list[int]:
    found = await yard.metadata.read(logs.asked, "staging", host, after)
    assert all(question.reader.id == question.request.reader for question in found)
    return [question.request.id for question in found]


async def answer(yard: Yard, host: str, content: bytes = b"sealed", number: int = 0) -> None:
    number = number or (await asked(yard, host))[-1]
    await yard.write(logs.answer, HANDS, "staging", host, number, content)


async def take(yard: Yard) -> Answers:
    return await yard.write(logs.take, await reader(yard))


async def test_all_hosts_that_are_heard_of_are_asked(place: Yard) -> None:
    assert await begin(place) == Begun(["a", "b"], ["gone"])
    [number] = await asked(place, "a")
    assert await asked(place, "a", number) == await asked(place, "gone") == []
    assert await begin(place, wish=WEB._replace(hosts=("b",)), name="two") == Begun(["b"], [])
    assert len(await asked(place, "b")) == 2


async def test_what_hosts_answer_is_taken_once(place: Yard) -> None:
    await begin(place)
    await answer(place, "b", b"one")
    assert await take(place) == Answers([("b", b"one")], ["a"])
    await answer(place, "a", b"two")
    assert await take(place) == Answers([("a", b"two")], [])
    assert await take(place) == Answers([], [])


async def test_who_follows_asks_again_and_lives_on(place: Yard) -> None:
    await begin(place)
    for _ in range(3):
        place.time.advance(READS - 1)
        await answer(place, "a")
        await take(place)
        await place.write(logs.follow, await reader(place), {"a": 5})
    [question] = await place.metadata.read(logs.asked, "staging", "a", 0)
    assert (question.request.after, question.request.patience) == (5, logs.LONGEST_PATIENCE)
    with pytest.raises(Unknown, match="no host nowhere"):
        await place.write(logs.follow, await reader(place), {"nowhere": 5})


async def test_who_stops_to_ask_is_forgotten(place: Yard) -> None:
    await begin(place)
    [number] = await asked(place, "a")
    await answer(place, "a")
    place.time.advance(READS)
    with pytest.raises(Unknown, match="begin again"):
        await reader(place)
    assert await asked(place, "b") == []
    assert await place.metadata.read(logs.is_due)
    await place.write(logs.forget)
    assert not await place.metadata.read(logs.is_due)
    assert await place.metadata.read(logs.answered, ["me"]) == {"me": 0}
    await answer(place, "a", number=number)  # too late, which is no fault


@pytest.mark.parametrize("caller", [HANDS, Caller("boss", ()), STRANGER, NOBODY])
async def test_deployers_alone_may_read(place: Yard, caller: Caller) -> None:
    with pytest.raises((Unknown, Forbidden)):
        await begin(place, caller)
    await begin(place, LOCAL)


async def test_nobody_takes_what_another_has_asked_for(place: Yard) -> None:
    await begin(place)
    for caller in (LOCAL, HANDS, STRANGER):
        with pytest.raises((Unknown, Forbidden)):
            await reader(place, caller)
    with pytest.raises(Unknown):
        await place.metadata.read(logs.reading, DEPLOYER, "other", "me")


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (WEB._replace(service="db"), "no service db: it has web"),
        (WEB._replace(hosts=("a", "nowhere")), "no host nowhere"),
    ],
)
async def test_what_is_not_there_can_not_be_read(place: Yard, wish: Wish, told: str) -> None:
    with pytest.raises(Unknown, match=told):
        await begin(place, wish=wish)


async def test_an_environment_that_nobody_runs_has_no_logs(place: Yard) -> None:
    with pytest.raises(Unknown, match="no agent of it has been heard of"):
        await place.write(logs.begin, DEPLOYER, "other", "me", WEB)


async def test_a_host_answers_for_itself_what_it_is_asked(place: Yard) -> None:
    await begin(place)
    [number] = await asked(place, "a")
    for caller in (DEPLOYER, STRANGER):
        with pytest.raises((Unknown, Forbidden)):
            await place.write(logs.answer, caller, "staging", "a", number, b"")
    await place.write(logs.answer, HANDS, "staging", "b", number, b"of another host")
    assert (await take(place)).taken == []
    with pytest.raises(Invalid, match="at most"):
        await answer(place, "a", bytes(logs.MOST_OF_HOST + 1))


async def test_readers_are_bounded_and_come_again_when_others_have_gone(place: Yard) -> None:
    for number in range(logs.MOST_READERS):
        await begin(place, name=str(number))
    with pytest.raises(TooManyRequests, match="try again"):
        await begin(place)
    place.time.advance(READS)
    await place.write(agents.see, [Sighting("staging", "a", 1)])
    assert (await begin(place)).asked == ["a", "b"]


async def test_many_hosts_share_the_room_that_there_is(place: Yard) -> None:
    await place.write(agents.see, [Sighting("staging", f"host-{each}", 1) for each in range(61)])
    await begin(place)
    [question] = await place.metadata.read(logs.asked, "staging", "a", 0)
    assert question.request.most == logs.MOST_OF_ALL // 64 < logs.MOST_OF_HOST


async def test_who_reads_is_in_the_audit_log_and_what_is_read_is_not(place: Yard) -> None:
    await begin(place)
    await answer(place, "a", b"sealed")
    await place.write(logs.follow, await reader(place), {"a": 5})
    lines = await place.metadata.read(lambda tx: tx.audit.latest(99, Wanted(action="logs.read")))
    assert [(line.actor.name, line.target, line.detail) for line in lines] == [
        ("dev", "staging", {"service": "web", "hosts": ["a", "b"]})
    ]


async def test_numbers_grow_with_questions_and_with_answers(place: Yard) -> None:
    here, nowhere = logs.place("staging", "a"), logs.place("other", "a")
    assert await place.metadata.read(logs.newest, [here, nowhere]) == {here: 0, nowhere: 0}
    assert await place.metadata.read(logs.asked_version) == 0
    await begin(place)
    assert await place.metadata.read(logs.asked_version) == 1
    newest = (await place.metadata.read(logs.newest, [here]))[here]
    assert [newest] == await asked(place, "a")
    assert await place.metadata.read(logs.answered, ["me"]) == {"me": 0}
    assert await place.metadata.read(logs.answered_version) == 0
    await answer(place, "a")
    assert await place.metadata.read(logs.answered, ["me"]) == {"me": 1}
    assert await place.metadata.read(logs.answered_version) == 1
    assert await place.metadata.read(logs.newest, [here]) == {here: 0}
