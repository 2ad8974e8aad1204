"""The agent in a container, started by the words of its page, keeps what is due on the host."""

import contextlib
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.accounts import secured_server
from tests.clients.agents import ENVIRONMENT, Post
from tests.clients.engines import Engine
from tests.clients.rolling import host
from tests.docs.pages import DOCS, Page
from tests.docs.terminal import Terminal
from tests.processes import PATIENCE

PAGE = Page(DOCS / "agent.md")
AGENT, IMAGE = "longshore-agent", "longshore"


@pytest.fixture
def post(engine: Engine, tmp_path: Path) -> Iterator[Post]:
    with (
        secured_server(tmp_path / "data") as secured,
        host(engine, secured.repository("team/contained"), tmp_path) as there,
        contextlib.closing(Post(secured, there)) as opened,
    ):
        yield opened


@pytest.fixture
def contained(post: Post, checkout: Path) -> Iterator[Engine]:
    """The engine of a host on which the agent runs in a container."""
    engine = post.there.engine
    # As the page that builds it does: what another client packs is not found in the engine's cache.
    Terminal(checkout, engine.environment).run(f"docker build --tag {IMAGE} .")
    [command] = [each for each in PAGE.blocks("sh") if each.startswith("docker run")]
    folder = post.there.folder / "longshore"
    for part in ("secrets", "hooks"):
        (folder / part).mkdir(parents=True)
    (folder / "agent.env").write_text(f"LONGSHORE_TOKEN={post.token}\n")
    for written, here in {
        "/etc/longshore/agent.env": f"{folder}/agent.env",
        "/etc/longshore/secrets:/": f"{folder}/secrets:/",
        "/etc/longshore/hooks:/": f"{folder}/hooks:/",
        "/var/run/docker.sock:": f"{engine.folder}/docker.sock:",
        "IMAGE agent staging": f"{IMAGE} agent {ENVIRONMENT}",
        "https://registry.example.com": post.url,
        "\\\n": "",
    }.items():
        assert written in command
        command = command.replace(written, here)
    engine.docker(*shlex.split(command)[1:])
    yield engine
    engine.docker("rm", "--force", "--volumes", AGENT)
    engine.docker("volume", "rm", AGENT)


@pytest.mark.usefixtures("base", "wheels")
def test_an_agent_in_a_container_keeps_what_is_due(contained: Engine, post: Post) -> None:
    for words in ("one", "two"):
        digest = post.push(words)
        wait_until_healthy(post, digest)
        assert post.page() == words

    contained.docker("stop", AGENT)
    state = contained.docker("inspect", "--format", "{{.State.ExitCode}}", AGENT)
    assert state == "0", "it was killed"
    digest = post.push("three")
    contained.docker("start", AGENT)
    wait_until_healthy(post, digest)
    assert post.page() == "three"


def wait_until_healthy(post: Post, digest: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not [
        line for line in post.history() if (line["act"], line["digest"]) == ("healthy", digest)
    ]:
        assert time.monotonic() < deadline, post.there.engine.docker("logs", AGENT)
        time.sleep(0.1)
