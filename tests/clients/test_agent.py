"""The agent as a process, with a real server and real engines: what is pushed runs."""

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from longshore.delivery.rollouts.services import Service
from tests.clients.accounts import Secured
from tests.clients.agents import Post
from tests.clients.composing import SERVICE, project
from tests.clients.engines import ENGINE_20, ENGINE_CURRENT, Engine
from tests.clients.rolling import BUSYBOX, END, QUICK, SERVE, host

SOON = 3  # seconds from a push to its container, which the project promises


@contextlib.contextmanager
def posted(secured: Secured, engine: Engine, word: str, folder: Path) -> Iterator[Post]:
    """An environment with the name of the host."""
    repository = secured.repository(f"team/{word}")
    with (
        host(engine, repository, folder) as there,
        contextlib.closing(Post(secured, there, environment=there.name)) as opened,
    ):
        yield opened


@pytest.fixture
def post(secured: Secured, engine: Engine, word: str, tmp_path: Path) -> Iterator[Post]:
    with posted(secured, engine, word, tmp_path) as opened:
        yield opened


def test_what_is_pushed_runs_soon(
    post: Post, record_property: Callable[[str, object], None]
) -> None:
    """All that is not Longshore's is left out: the pull, and the engine's making of a container."""
    with post.agent() as agent:
        post.push("one")
        agent.wait_for("healthy")
        assert post.page() == "one"

        pushed = post.push_by_docker("two")
        agent.wait_for("healthy")
        assert post.page() == "two"
    current = post.there.inspect()
    assert current["Config"]["Image"].endswith(post.there.repository.digest("develop"))
    made, started = moment(current["Created"]), moment(current["State"]["StartedAt"])
    until_made = (made - pushed).total_seconds()
    record_property("seconds from a push until its container is made", until_made)
    record_property("seconds until it has started", (started - pushed).total_seconds())
    assert until_made < SOON


def moment(text: str) -> datetime:
    """A time of the engine, which writes nanoseconds."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))


@ENGINE_20
def test_what_does_not_run_is_told_and_what_ran_runs_on(post: Post) -> None:
    with post.agent() as agent:
        post.push("one")
        agent.wait_for("healthy")
        bad = post.push("two", command=END)
        agent.wait_for("failed")
        assert "I can not start" in "".join(agent.said)
        assert post.page() == "one"
        agent.wait_for("healthy")  # what is due now is what ran
        post.push("three")
        agent.wait_for("healthy")
        assert post.page() == "three"
    failed = [line for line in post.history() if line["act"] == "fail"]
    assert [line["digest"] for line in failed] == [bad]
    assert "ended with 3" in failed[0]["reason"]


@ENGINE_CURRENT
def test_what_it_writes_is_read_through_the_server(post: Post) -> None:
    script = f"echo hello; echo {{}} >&2; exec {' '.join(SERVE)}"
    with post.agent() as agent:
        for words in ("one", "two"):
            post.push(words, command=[BUSYBOX, "sh", "-c", script.format(words)])
            agent.wait_for("healthy")
            assert sorted(post.lines(post.there.name)) == ["hello", words]


@ENGINE_CURRENT
def test_a_kill_while_a_new_one_starts_is_carried_on_from(post: Post) -> None:
    client = post.there.client
    with post.agent() as agent:
        post.push("one")
        agent.wait_for("healthy")
        with contextlib.closing(client.events(filters={"event": "start"}, decode=True)) as started:
            slowly = f"{BUSYBOX} sleep 2; exec {' '.join(SERVE)}"
            post.push("two", command=[BUSYBOX, "sh", "-c", slowly])
            next(started)
    assert sorted(post.there.names().values()) == [True, True]
    with post.agent() as agent:
        agent.wait_for("healthy")
    assert [name for name, runs in post.there.names().items() if runs] == [post.there.name]
    assert post.page() == "two"


@ENGINE_20
def test_it_goes_on_after_a_kill_and_without_the_server(
    strict: Secured, engine: Engine, word: str, tmp_path: Path
) -> None:
    with posted(strict, engine, word, tmp_path) as post:
        with post.agent() as agent:
            post.push("one")
            agent.wait_for("healthy")
        post.there.engine.docker("rm", "--force", post.there.name)
        post.shut()
        with post.agent() as agent:
            agent.wait_for("healthy")
            assert post.page() == "one"
            agent.wait_for("nobody says what is due")


@ENGINE_20
def test_secrets_are_nowhere_but_where_they_belong(post: Post) -> None:
    """Nor does a command of the host find that of the agent."""
    folder = post.there.folder
    hook = folder / "hooks" / post.environment / "before"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\nenv > {folder}/seen\n")
    hook.chmod(0o755)
    with post.agent("--hooks", folder / "hooks") as agent:
        post.push("one")
        agent.wait_for("healthy")
        assert post.token not in "".join(agent.said)
    written = [path for path in (post.there.folder / "agent").rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if post.token in path.read_text()]
    seen = (folder / "seen").read_text()
    assert f"HOOK_ENVIRONMENT={post.environment}\n" in seen
    assert post.token not in seen


@ENGINE_CURRENT
def test_what_is_pushed_runs_as_a_service_of_a_compose_project(
    secured: Secured, engine: Engine, word: str, tmp_path: Path
) -> None:
    with (
        host(engine, secured.repository(f"team/{word}"), tmp_path) as there,
        project(there, tmp_path / "project") as composed,
        contextlib.closing(
            Post(
                secured,
                there,
                Service(SERVICE, there.repository.name, health=QUICK),
                there.name,
            )
        ) as post,
        post.agent("--compose", composed.folder) as agent,
    ):
        for words in ("one", "two"):
            digest = post.push(words)
            agent.wait_for("healthy")
            assert composed.page() == words
            assert composed.container()["Config"]["Image"].endswith(digest)
            assert post.lines(SERVICE) == []
            composed.run("sh", "-c", f"echo {words} > /proc/1/fd/1")
            assert post.lines(SERVICE) == [words]

        bad = post.push("bad", command=END)
        agent.wait_for("failed")
        assert composed.page() == "two"
        agent.wait_for("healthy")  # the server has heard of it: what is due now is what ran
        assert [line["digest"] for line in post.history() if line["act"] == "fail"] == [bad]
