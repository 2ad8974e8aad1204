"""Environments are looked at when their time has come."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from longshore.delivery.environments import agents, logs
from longshore.delivery.environments.agents import Sighting
from longshore.delivery.environments.reporting import LOST_AFTER
from longshore.registry.access import LOCAL
from longshore.server import scheduling
from longshore.server.scheduling import Schedule
from tests.delivery.environments.yard import Yard, digest, environment, opened


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    with opened("sqlite", tmp_path) as found:
        yield found


async def test_all_that_is_due_is_looked_at_and_nothing_else(yard: Yard) -> None:
    names = [f"environment-{number}" for number in range(45)]
    await yard.apply(*(environment(name, follow="master", min_age=60) for name in names))
    await yard.push(1, "master")
    assert await scheduling.look(yard.metadata) == 0
    yard.time.advance(60_000)
    assert await scheduling.look(yard.metadata) == 45
    assert await scheduling.look(yard.metadata) == 0
    assert {await yard.runs(name) for name in names} == {digest(1)}


async def test_a_round_looks_at_what_is_due_and_loses_nobody_whom_it_could_not_hear(
    yard: Yard,
) -> None:
    await yard.apply(environment("production", follow="master", min_age=60))
    await yard.write(agents.see, [Sighting("production", "host")])
    await yard.push(1, "master")
    yard.time.advance(LOST_AFTER + 60_000)
    with structlog.testing.capture_logs() as lines:
        await Schedule(yard.metadata, structlog.get_logger()).round()
    assert await yard.runs("production") == digest(1)
    assert lines == []


async def test_hosts_that_are_lost_are_told_once_all_of_them(yard: Yard) -> None:
    await yard.apply(environment("staging"), environment("production"))
    hosts = [f"host-{number}" for number in range(60)]
    for name in ("staging", "production"):
        await yard.write(agents.see, [Sighting(name, host) for host in hosts])
    yard.time.advance(LOST_AFTER + 1)
    log = structlog.get_logger()
    with structlog.testing.capture_logs() as lines:
        await scheduling.lose(yard.metadata, log)
        await scheduling.lose(yard.metadata, log)
    assert {line["event"] for line in lines} == {"agent lost"}
    lost = [(line["environment"], line["host"]) for line in lines]
    assert len(lost) == 120
    assert set(lost) == {(name, host) for name in ("staging", "production") for host in hosts}


async def test_what_nobody_has_taken_of_logs_goes_in_time(yard: Yard) -> None:
    await yard.apply(environment("staging"))
    await yard.write(agents.see, [Sighting("staging", "host", 1)])
    await yard.write(logs.begin, LOCAL, "staging", "me", logs.Wish("web", "key", 9))
    await scheduling.forget(yard.metadata)
    assert await yard.metadata.read(lambda tx: tx.log_requests.of("me"))
    yard.time.advance(logs.READS)
    await scheduling.forget(yard.metadata)
    assert await yard.metadata.read(lambda tx: tx.log_requests.of("me")) == []
