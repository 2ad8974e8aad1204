"""The contracts of `outbox.Subscriptions`, `Outbox` and `Leases`, on every backend."""

from dataclasses import replace

import pytest

from longshore.delivery.notifications.events import Event, Kind, Message
from longshore.delivery.notifications.outbox import Backlog, Letter, Progress, Subscription, Target
from longshore.delivery.ports import Metadata, Transaction
from longshore.registry.patterns import Pattern

CI = Subscription(
    "ci",
    Target("webhook", "https://ci.example.com/hook", "whsec_secret"),
    frozenset({Kind.TAG_MOVED, Kind.FAILED}),
    Pattern("team/**"),
    None,
    1,
)
MAIL = Subscription(
    "mail", Target("email", "a@example.com"), frozenset({Kind.TEST}), None, Pattern("prod*"), 2
)


def message(number: int, at: int = 0) -> Message:
    event = Event(Kind.TAG_MOVED, "team/app", "1.0", f"sha256:{number}", reason="ü \x00")
    return Message(f"event {number}", at or number, "alice", event)


def fill(tx: Transaction, *numbers: int) -> None:
    for one in (MAIL, CI):
        tx.subscriptions.add(one)
    for number in numbers:
        tx.outbox.add("ci", message(number))


def following(tx: Transaction, now: int = 0) -> Letter:
    letter = tx.outbox.next("ci", now)
    assert letter is not None
    return letter


async def test_subscriptions_come_back_as_they_were_added_in_order(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.subscriptions.all() == [CI, MAIL]
        assert tx.subscriptions.find("ci") == CI
        assert tx.subscriptions.find("c") is None

    await metadata.write(fill)
    await metadata.read(check)


async def test_a_subscription_that_is_redirected_keeps_all_else(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, 1)
        progress = Progress(3, 1_000, "it does not answer", 500, 7)
        tx.subscriptions.note("ci", progress)
        target = replace(CI.target, secret="whsec_new", former=CI.target.secret, former_until=9)
        tx.subscriptions.redirect("ci", target)
        assert tx.subscriptions.all() == [CI._replace(target=target), MAIL]
        assert tx.subscriptions.progress("ci") == progress
        assert following(tx).message == message(1)

    await metadata.write(check)


async def test_progress_is_kept_of_what_is_there(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        assert tx.subscriptions.progress("ci") == Progress()
        progress = Progress(3, 1_000, "it does not answer", 500, 7)
        for name in ("ci", "nobody"):
            tx.subscriptions.note(name, progress)
        assert tx.subscriptions.progress("ci") == progress
        assert tx.subscriptions.progress("mail") == Progress()
        assert tx.subscriptions.progress("nobody") == Progress()
        assert tx.subscriptions.all() == [CI, MAIL]

    await metadata.write(check)


async def test_letters_leave_in_the_order_in_which_they_came(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, 3, 1, 2)
        tx.outbox.add("mail", message(9))
        seen = []
        while (letter := tx.outbox.next("ci", 0)) is not None:
            assert (letter.refusals, letter.retry_at) == (0, 0)
            seen.append(letter.message)
            tx.outbox.remove(letter.id)
            tx.outbox.remove(letter.id)  # again, which removes nothing
        assert seen == [message(3), message(1), message(2)]
        assert tx.outbox.backlog("mail").letters == 1

    await metadata.write(check)


async def test_what_is_put_aside_lets_others_pass_until_its_time(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, 1, 2, 3)
        first = following(tx)
        tx.outbox.put_aside(first.id, 1, 0)
        assert following(tx) == first._replace(refusals=1)
        tx.outbox.put_aside(first.id, 3, 100)
        second = following(tx)
        assert second.message == message(2)
        tx.outbox.put_aside(second.id, 3, 50)
        third = following(tx, now=1_000)
        assert third.message == message(3)
        tx.outbox.remove(third.id)
        assert tx.outbox.next("ci", 49) is None
        assert following(tx, now=50).message == message(2)
        assert following(tx, now=1_000).message == message(2)
        tx.outbox.remove(second.id)
        assert following(tx, now=100) == first._replace(refusals=3, retry_at=100)

    await metadata.write(check)


async def test_a_letter_is_never_given_the_number_of_another(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, 1)
        first = following(tx)
        tx.outbox.remove(first.id)
        tx.outbox.add("ci", message(2))
        assert following(tx).id > first.id

    await metadata.write(check)


async def test_letters_go_with_their_subscription(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, 1, 2)
        tx.outbox.add("mail", message(1))
        assert tx.subscriptions.remove("ci")
        assert not tx.subscriptions.remove("ci")
        assert tx.subscriptions.all() == [MAIL]
        assert tx.outbox.next("ci", 0) is None
        assert tx.outbox.backlog("mail") == Backlog(1, 1)

    await metadata.write(check)


async def test_the_backlog_is_what_waits(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, 5, 7)
        assert tx.outbox.backlog("ci") == Backlog(2, 5)
        assert tx.outbox.backlog("mail") == Backlog(0, None)

    await metadata.write(check)


@pytest.mark.parametrize(
    ("before", "keep", "expected"),
    [(0, 9, []), (30, 9, [10, 20]), (0, 3, [10]), (20, 1, [10, 20, 30]), (99, 0, [10, 20, 30, 40])],
)
async def test_the_old_and_the_many_are_dropped(
    metadata: Metadata, before: int, keep: int, expected: list[int]
) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, 10, 20, 30, 40)
        tx.outbox.add("mail", message(1))
        assert tx.outbox.drop("ci", before, keep) == len(expected)
        left = []
        while (letter := tx.outbox.next("ci", 0)) is not None:
            left.append(letter.message.at)
            tx.outbox.remove(letter.id)
        assert left == [at for at in (10, 20, 30, 40) if at not in expected]
        assert tx.outbox.backlog("mail").letters == 1

    await metadata.write(check)


async def test_a_lease_is_of_one_holder_until_it_expires(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.leases.take("send", "one", 0, 100)
        assert not tx.leases.take("send", "two", 99, 199)
        assert tx.leases.take("collect", "two", 99, 199)
        assert tx.leases.take("send", "one", 50, 150)  # longer
        assert not tx.leases.take("send", "two", 149, 249)
        assert tx.leases.take("send", "two", 150, 250)
        assert not tx.leases.take("send", "one", 200, 300)

    await metadata.write(check)
