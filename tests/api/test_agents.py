"""Agents at a server: told at once what changes, in every worker; and nothing is left of a wait."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.delivery.environments import applying
from tests.api.secured import Asked, Secured
from tests.api.waiters import (
    BASE,
    IMAGE,
    LONG,
    advance,
    asking,
    begin,
    environment,
    known,
    posting,
    running,
    until,
)

WORKERS = 2
WAITING = 8


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A registry without accounts."""
    root = tmp_path_factory.mktemp("agents") / "data"
    with running(root, "--workers", str(WORKERS)) as secured:
        yield secured


def test_an_agent_is_told_what_to_run(opened: Secured) -> None:
    reply = opened.ask(asking())
    assert (reply.status, reply.header("Cache-Control")) == (200, "no-store")
    [wanted] = reply.json()["services"]
    assert (wanted["service"]["name"], wanted["service"]["image"]) == ("web", IMAGE)
    tag = Asked("HEAD", f"/v2/{IMAGE}/manifests/v1")
    assert wanted["digest"] == opened.ask(tag).header("Docker-Content-Digest")
    assert wanted["name"] == "v1"


def test_who_knows_something_else_is_told_at_once(opened: Secured) -> None:
    generation = known(opened)
    for other in (generation - 1, generation + 1):
        reply = opened.ask(asking(generation=other, wait=LONG))
        assert (reply.status, reply.json()["generation"]) == (200, generation)


@pytest.mark.parametrize("query", [{}, {"wait": 0}, {"wait": 0.05}], ids=str)
def test_nothing_new_is_told_in_time(query: dict[str, object], opened: Secured) -> None:
    reply = opened.ask(asking(generation=known(opened), **query))
    assert (reply.status, reply.content, reply.get("Retry-After")) == (204, b"", None)


@pytest.mark.parametrize(
    "query",
    [{"wait": 61}, {"wait": -1}, {"generation": "x"}, {"host": "No Host"}, {"more": 1}],
    ids=str,
)
def test_what_makes_no_sense_is_refused(query: dict[str, object], opened: Secured) -> None:
    assert opened.ask(asking(**query)).codes == ["INVALID"]


def test_an_environment_that_is_not_there_has_nothing_to_run(opened: Secured) -> None:
    assert opened.ask(asking("nowhere", generation=1, wait=LONG)).codes == ["UNKNOWN"]


def test_every_worker_tells_at_once_what_another_process_changed(opened: Secured) -> None:
    generation = known(opened)
    with contextlib.ExitStack() as stack:
        asked = asking(generation=generation, wait=LONG)
        waiting = [stack.enter_context(begin(opened, asked)) for _ in range(WAITING)]
        others = stack.enter_context(
            begin(opened, asking("other", generation=known(opened, "other"), wait=LONG))
        )
        assert not waiting[0].has_something(0.3)
        advance(opened, "staging")
        replies = [connection.read() for connection in waiting]
        assert {reply.status for reply in replies} == {200}
        assert {reply.json()["generation"] for reply in replies} == {generation + 1}
        assert not others.has_something(0.3), "that is no news of another environment"


def test_an_environment_that_is_removed_ends_the_waits(opened: Secured) -> None:
    opened.write(applying.apply, [environment("passing")])
    with begin(
        opened, asking("passing", generation=known(opened, "passing"), wait=LONG)
    ) as waiting:
        assert not waiting.has_something(0.3)
        opened.write(applying.remove, "passing")
        assert waiting.read().codes == ["UNKNOWN"]


def test_beyond_the_limit_who_asks_is_told_to_come_again(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--workers", "1", "--waiting-limit", "1") as secured:
        generation = known(secured)
        asked = asking(generation=generation, wait=LONG)
        with begin(secured, asked) as waiting:
            assert not waiting.has_something(0.3)
            reply = secured.ask(asked)
            assert (reply.status, reply.header("Retry-After")) == (204, "5")
            assert secured.ask(asking(generation=generation - 1, wait=LONG)).status == 200
        # Who went away makes room for others.
        until(
            lambda: secured.ask(asking(generation=generation, wait=0.1)).get("Retry-After") is None
        )


def test_who_goes_away_leaves_nothing_behind(tmp_path: Path) -> None:
    """More come and go than may wait at one time."""
    with running(tmp_path / "data", "--workers", "1", "--waiting-limit", "4") as secured:
        generation = known(secured)
        for _ in range(12):
            with begin(secured, asking(generation=generation, wait=LONG)) as waiting:
                waiting.has_something(0.02)
        until(
            lambda: secured.ask(asking(generation=generation, wait=0.1)).get("Retry-After") is None
        )


def test_a_stop_answers_who_waits(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--workers", "2", "--stop-timeout", "55s") as secured:
        generation = known(secured)
        with contextlib.ExitStack() as stack:
            asked = asking(generation=generation, wait=LONG)
            waiting = [stack.enter_context(begin(secured, asked)) for _ in range(WAITING)]
            assert not waiting[0].has_something(0.3)
            stopping = threading.Thread(target=secured.server.stop)
            stopping.start()
            assert [connection.read().status for connection in waiting] == [204] * WAITING
            stopping.join()


def test_what_a_host_reports_is_kept(opened: Secured) -> None:
    [wanted] = opened.ask(asking()).json()["services"]
    service = {
        "service": "web",
        "deployment": wanted["deployment"],
        "digest": wanted["digest"],
        "state": "healthy",
        "detail": "x" * 5000,
    }
    asked = posting("staging/report", {"host": "reporter", "services": [service]})
    assert opened.ask(asked).status == 204
    [kept] = opened.write(lambda tx: tx.reports.of("staging"))
    assert (kept.host, kept.state, kept.digest) == ("reporter", "healthy", wanted["digest"])
    assert len(kept.detail) < 5000


@pytest.mark.parametrize(
    "service",
    [{}, {"service": "web"}, {"service": "web", "deployment": 1, "state": "fine"}],
    ids=["nothing", "no state", "no such state"],
)
def test_what_is_no_report_is_refused(service: dict[str, object], opened: Secured) -> None:
    body = {"host": "web", "services": [service]}
    assert opened.ask(posting("staging/report", body)).codes == ["INVALID"]


def test_who_asks_is_heard_of(opened: Secured) -> None:
    generation = known(opened)
    opened.ask(asking(host="listener", generation=generation))

    def seen() -> bool:
        listed = opened.ask(Asked("GET", f"{BASE}/staging/hosts")).json()["hosts"]
        [mine] = [one for one in listed if one["host"] == "listener"] or [None]
        return bool(mine and mine["seen_at"] and mine["generation"] == generation)

    until(seen)
