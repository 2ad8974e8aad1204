"""The sender: who holds up whom, what is sent again, and what is written where."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Event, Kind, Message
from longshore.delivery.notifications.outbox import Target, Undelivered
from longshore.delivery.notifications.subscriptions import LEASE_PERIOD, Wish
from longshore.delivery.ports import Metadata
from longshore.oci.errors import StorageFull
from longshore.server.notifying import Sender
from longshore.storage import sqlite
from longshore.storage.sqlite import SQLiteMetadata
from tests.backends import HOUR, Time
from tests.processes import PATIENCE

DOWN = Undelivered("it can not be reached", "planted-answer")


class Post:
    """Brings messages to where a test looks. `problems` are those of addresses; who is `held`
    answers nobody until it is let go."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.problems: dict[str, Exception] = {}
        self.held: dict[str, asyncio.Event] = {}

    async def send(self, target: Target, message: Message) -> str:
        self.sent.append((target.address, message.event.tag))
        if target.address in self.held:
            await self.held[target.address].wait()
        if target.address in self.problems:
            raise self.problems[target.address]
        return "ok"

    def to(self, address: str) -> list[str]:
        return [tag for one, tag in self.sent if one == address]


class Office:
    """Rows, a post, and senders that share them."""

    def __init__(self, metadata: Metadata, time: Time) -> None:
        self.metadata = metadata
        self.time = time
        self.post = Post()
        self.log = LogCapture()

    def sender(self, metadata: Metadata | None = None) -> Sender:
        log: Any = structlog.wrap_logger(None, processors=[self.log])
        return Sender(metadata or self.metadata, self.post, log)

    async def subscribe(self, *addresses: str) -> None:
        for address in addresses:
            wish = Wish(address.partition("@")[0], "email", address)
            await self.metadata.write(subscriptions.add, wish)

    async def emit(self, *tags: str) -> None:
        for tag in tags:
            event = Event(Kind.TAG_MOVED, "team/app", tag)
            await self.metadata.write(subscriptions.emit, event)

    async def waiting(self, name: str) -> int:
        return (await self.metadata.read(subscriptions.find, name)).backlog.letters

    async def failures(self, name: str) -> int:
        return (await self.metadata.read(subscriptions.find, name)).progress.failures


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    sqlite.migrate(tmp_path / "longshore.db")
    time = Time()
    metadata = SQLiteMetadata(tmp_path / "longshore.db", HOUR, time)
    yield Office(metadata, time)
    metadata.close()


async def until_taken(office: Office, sender: Sender, name: str) -> None:
    """Look until nothing waits: a look begins nothing with whom the last one is not done."""

    async def is_taken() -> bool:
        await sender.look()
        return await office.waiting(name) == 0

    await until(is_taken)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110  rows wake nobody
            await asyncio.sleep(0.001)


async def test_what_waits_is_sent_in_order_and_waits_no_more(office: Office) -> None:
    await office.subscribe("a@x", "b@x")
    await office.emit("1", "2", "3")
    sender = office.sender()
    await until_taken(office, sender, "a")
    await until_taken(office, sender, "b")
    assert office.post.to("a@x") == office.post.to("b@x") == ["1", "2", "3"]


async def _is(found: Awaitable[int], expected: int) -> bool:
    return await found == expected


async def test_who_does_not_answer_holds_up_nobody_else(office: Office) -> None:
    await office.subscribe("a@x", "b@x")
    office.post.held["a@x"] = asyncio.Event()
    sender = office.sender()
    for tag in ("1", "2"):
        await office.emit(tag)
        await until_taken(office, sender, "b")
    assert office.post.to("b@x") == ["1", "2"]
    assert office.post.to("a@x") == ["1"]
    office.post.held["a@x"].set()
    await until_taken(office, sender, "a")
    assert office.post.to("a@x") == ["1", "2"]


async def test_who_is_down_is_tried_again_when_its_time_has_come(office: Office) -> None:
    await office.subscribe("a@x")
    office.post.problems["a@x"] = DOWN
    await office.emit("1", "2")
    sender = office.sender()
    await sender.look()
    await until(lambda: _is(office.failures("a"), 1))
    await sender.look()
    assert office.post.to("a@x") == ["1"]
    del office.post.problems["a@x"]
    office.time.advance(subscriptions.FIRST_PAUSE)
    await until_taken(office, sender, "a")
    assert office.post.to("a@x") == ["1", "1", "2"]


async def test_the_log_says_which_and_why_and_nothing_that_may_be_secret(office: Office) -> None:
    await office.subscribe("a@x")
    office.post.problems["a@x"] = DOWN
    await office.emit("1")
    await office.sender().look()
    await until(lambda: _is(office.failures("a"), 1))
    await until(lambda: _has_logged(office))
    [entry] = office.log.entries
    event = entry.pop("event")
    assert (event, entry.pop("log_level")) == ("notification not taken", "warning")
    assert entry.keys() == {"subscription", "event_id", "cause"}
    assert (entry["subscription"], entry["cause"]) == ("a", "it can not be reached")


async def _has_logged(office: Office) -> bool:
    return bool(office.log.entries)


async def test_one_sender_sends_and_another_takes_over_when_it_is_gone(office: Office) -> None:
    await office.subscribe("a@x")
    first, second = office.sender(), office.sender()
    await office.emit("1")
    await until_taken(office, first, "a")
    await office.emit("2")
    await second.look()
    assert await office.waiting("a") == 1
    office.time.advance(LEASE_PERIOD)
    await until_taken(office, second, "a")
    assert office.post.to("a@x") == ["1", "2"]


async def test_who_has_nothing_to_send_has_no_lease(office: Office) -> None:
    await office.subscribe("a@x")
    await office.sender().look()
    assert await office.metadata.write(subscriptions.take_lease, "another")


class _Full:
    """Rows of which no more can be written from some moment on."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self.is_full = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._metadata, name)

    async def write(self, rule: Any, *args: Any) -> Any:
        if self.is_full:
            raise StorageFull
        return await self._metadata.write(rule, *args)


async def test_a_full_disk_does_not_make_it_send_again_and_again(office: Office) -> None:
    full: Any = _Full(office.metadata)
    await office.subscribe("a@x")
    await office.emit("1")
    sender = office.sender(full)
    office.post.held["a@x"] = asyncio.Event()
    await sender.look()
    await until(lambda: _has_sent(office))
    full.is_full = True
    office.post.held["a@x"].set()
    await until(lambda: _has_logged(office))
    full.is_full = False
    for _ in range(10):
        await sender.look()
    assert office.post.to("a@x") == ["1"]
    assert office.log.entries[0]["event"] == "sender failed"


async def _has_sent(office: Office) -> bool:
    return bool(office.post.sent)


async def test_what_is_given_up_is_in_the_log(office: Office) -> None:
    await office.subscribe("a@x")
    await office.emit("1", "2")
    office.time.advance(subscriptions.GIVE_UP_AFTER + 1)
    office.post.problems["a@x"] = DOWN
    await office.sender().look()
    given_up = [one for one in office.log.entries if one["event"] == "notifications given up"]
    assert [(one["subscription"], one["letters"]) for one in given_up] == [("a", 2)]
