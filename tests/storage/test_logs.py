"""The contracts of `delivery.ports.LogReaders` and `LogRequests`, on every backend."""

from longshore.delivery.environments.deployments import EnvironmentState
from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.records import LogReader, LogRequest
from longshore.delivery.ports import Metadata, Transaction
from longshore.delivery.rollouts.services import Service

SERVICES = (Service("web", "team/app"),)
ANN = LogReader("ann", "staging", "ann", "web", "key", 100, None, 9)
BOB = LogReader("bob", "staging", "bob", "web", "key", 5, 600, 20)
AWAY = LogReader("away", "production", "ann", "web", "key", 5, 600, 20)


def add(tx: Transaction) -> None:
    for name in ("production", "staging"):
        tx.environments.put(EnvironmentState(Environment(name, SERVICES)))
    for reader in (BOB, ANN, AWAY):
        tx.log_readers.put(reader)


def ask(tx: Transaction, reader: LogReader, host: str, after: int = 0) -> LogRequest:
    request = LogRequest(0, reader.id, reader.environment, host, after, 10, 1000)
    written = tx.log_requests.put(request)
    assert written == request._replace(id=written.id)
    return written


async def test_a_reader_is_what_was_put_last(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.log_readers.find("ann") is None
        add(tx)
        assert tx.log_readers.find("ann") == ANN
        later = ANN._replace(expires_at=30)
        tx.log_readers.put(later)
        assert tx.log_readers.of("staging") == [later, BOB]
        assert tx.log_readers.of("nowhere") == []

    await metadata.write(check)


async def test_a_host_is_asked_what_has_no_answer(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add(tx)
        first, second = ask(tx, ANN, "web-1"), ask(tx, BOB, "web-1", after=7)
        other, elsewhere = ask(tx, ANN, "web-2"), ask(tx, AWAY, "web-1")
        assert tx.log_requests.asked("staging", "web-1", 0) == [first, second]
        assert tx.log_requests.asked("staging", "web-1", first.id) == [second]
        assert tx.log_requests.of("ann") == [first, other]
        assert tx.log_requests.newest() == {
            ("staging", "web-1"): second.id,
            ("staging", "web-2"): other.id,
            ("production", "web-1"): elsewhere.id,
        }
        tx.log_requests.answer(second.id, b"sealed")
        assert tx.log_requests.asked("staging", "web-1", 0) == [first]
        assert tx.log_requests.newest()["staging", "web-1"] == first.id
        assert tx.log_requests.of("bob") == []

    await metadata.write(check)


async def test_an_answer_is_taken_once(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add(tx)
        asked = [ask(tx, ANN, host) for host in ("web-2", "web-1", "web-3")]
        ask(tx, BOB, "web-1")
        assert tx.log_requests.answered() == {}
        for number, content in zip((asked[0].id, asked[1].id), (b"", b"\x00one"), strict=True):
            tx.log_requests.answer(number, content)
        assert tx.log_requests.answered() == {"ann": 2}
        assert tx.log_requests.take("ann") == [(asked[1], b"\x00one"), (asked[0], b"")]
        assert tx.log_requests.take("ann") == []
        assert tx.log_requests.answered() == {}
        assert tx.log_requests.of("ann") == [asked[2]]

    await metadata.write(check)


async def test_a_reader_asks_a_host_one_thing_at_a_time(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add(tx)
        former = ask(tx, ANN, "web-1")
        tx.log_requests.answer(former.id, b"too late")
        now = ask(tx, ANN, "web-1", after=5)
        assert now.id > former.id
        assert tx.log_requests.of("ann") == [now]
        assert tx.log_requests.take("ann") == []

    await metadata.write(check)


async def test_readers_that_have_expired_go_with_all_that_they_asked(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add(tx)
        tx.log_requests.answer(ask(tx, ANN, "web-1").id, b"sealed")
        ask(tx, ANN, "web-2")
        kept = ask(tx, BOB, "web-1")
        assert not tx.log_readers.have_expired(8)
        tx.log_readers.remove_expired(8)
        assert tx.log_readers.have_expired(9)
        tx.log_readers.remove_expired(9)
        assert not tx.log_readers.have_expired(9)
        assert tx.log_readers.of("staging") == [BOB]
        assert tx.log_requests.take("ann") == []
        assert tx.log_requests.of("ann") == []
        assert tx.log_requests.newest() == {("staging", "web-1"): kept.id}

    await metadata.write(check)


async def test_an_environment_takes_its_readers_along(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add(tx)
        ask(tx, ANN, "web-1")
        kept = ask(tx, AWAY, "web-1")
        tx.environments.remove("staging")
        assert tx.log_readers.of("staging") == []
        assert tx.log_readers.of("production") == [AWAY]
        assert tx.log_requests.newest() == {("production", "web-1"): kept.id}

    await metadata.write(check)
