"""Rollouts on real engines: the new one is healthy, or the old one runs as before with its data."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.engines import Engine
from tests.clients.remote import Repository
from tests.clients.rolling import END, Host, essence, host, network


@pytest.fixture
def there(engine: Engine, repository: Repository, tmp_path: Path) -> Iterator[Host]:
    with host(engine, repository, tmp_path) as opened:
        yield opened


def test_the_first_then_another_beside_it(there: Host) -> None:
    front = there.network(1)
    service = there.service(networks=network(front, aliases=("www",)))
    first, second = there.image("one"), there.image("two")

    assert there.roll_out(service, first, 1).result == "deployed"
    assert there.names() == {there.name: True}
    assert there.run("wget", "-qO-", "http://www/health") == "one"
    before = there.inspect()
    assert before["Config"]["Image"] == first
    assert before["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"

    assert there.roll_out(service, first, 1).result == "unchanged"
    assert there.inspect()["State"]["StartedAt"] == before["State"]["StartedAt"]

    assert there.roll_out(service, second, 2).result == "deployed"
    assert there.run("wget", "-qO-", "http://www/health") == "two"
    previous = f"{there.name}-prev-1-{before['Id'][:6]}"
    assert there.names() == {there.name: True, previous: False}
    assert there.inspect(previous)["HostConfig"]["RestartPolicy"]["Name"] == "no"


@pytest.mark.parametrize("order", ["start-first", "stop-first"])
def test_an_image_that_ends_changes_nothing(there: Host, order: str) -> None:
    service = there.service(networks=network(there.network(2)), order=order)
    assert there.roll_out(service, there.image("one"), 1).result == "deployed"
    before = there.inspect()

    outcome = there.roll_out(service, there.image("two", command=END), 2)
    assert outcome.result == "failed"
    assert outcome.failure is not None
    assert "ended with 3" in outcome.failure.cause
    assert "I can not start" in outcome.failure.logs
    assert outcome.failure.is_restored

    after = there.inspect()
    assert essence(after) == essence(before)
    was_untouched = after["State"]["StartedAt"] == before["State"]["StartedAt"]
    assert was_untouched == (order == "start-first")
    assert there.names() == {there.name: True}
