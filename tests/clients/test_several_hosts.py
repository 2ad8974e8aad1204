"""Two hosts of an environment, with an engine each: what docs/several-hosts.md says of them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from longshore.delivery.rollouts.resources import Network
from tests.clients.accounts import Secured
from tests.clients.agents import ENVIRONMENT, Agent, Post
from tests.clients.engines import ENGINE_20, Engine
from tests.clients.rolling import BUSYBOX, Host, host

pytestmark = ENGINE_20  # and the other one beside it

NAME, NETWORK, SUBNET = "web-of-two", "net-of-two", 50


class Pair(NamedTuple):
    """Two hosts, their agents, and who deploys to both."""

    post: Post
    hosts: list[Host]
    agents: list[Agent]

    def become(self, condition: str) -> None:
        for agent in self.agents:
            agent.wait_for(condition)

    def pages(self) -> list[str]:
        """What each host answers; nothing in the moment in which no container has the name."""
        return [there.page() if there.name in there.names() else "" for there in self.hosts]


@pytest.fixture
def pair(
    secured: Secured, engine: Engine, engine_current: Engine, word: str, tmp_path: Path
) -> Iterator[Pair]:
    with contextlib.ExitStack() as opened:
        repository = secured.repository(f"team/{word}")
        hosts = []
        for each in (engine, engine_current):
            folder = tmp_path / each.name
            folder.mkdir()
            there = opened.enter_context(host(each, repository, folder, NAME))
            there.network(SUBNET, NETWORK)
            hosts.append(there)
        service = hosts[0].service(networks=(Network(NETWORK),))
        post = opened.enter_context(contextlib.closing(Post(secured, hosts[0], service)))
        agents = []
        for number, there in enumerate(hosts, start=1):
            joining = ("--host", f"host-{number}", "--join", post.join_code())
            agents.append(Agent(there, ENVIRONMENT, post.url, "", *joining))
            opened.callback(agents[-1].kill)
        yield Pair(post, hosts, agents)


def test_what_fails_on_one_goes_back_on_all(pair: Pair) -> None:
    pair.post.push("one")
    pair.become("healthy")
    assert pair.pages() == ["one", "one"]

    bad = pair.post.push("two", command=ends_at(pair.hosts[1]))
    first, second = pair.agents
    second.wait_for("failed")
    second.wait_for("healthy")
    while pair.pages() != ["one", "one"]:
        first.wait_for("healthy")
    [failed] = [line for line in pair.post.history() if line["act"] == "fail"]
    assert failed["digest"] == bad
    assert "on host-2" in failed["reason"]

    pair.post.push("three")
    while pair.pages() != ["three", "three"]:
        pair.become("healthy")


def ends_at(there: Host) -> list[str]:
    """A command that serves on every host but this one."""
    is_there = f"{BUSYBOX} hostname -i | {BUSYBOX} grep -q ^{there.engine.subnets}."
    serve = f"exec {BUSYBOX} httpd -f -p 80 -h /www"
    return [BUSYBOX, "sh", "-c", f"{is_there} && exit 3; {serve}"]
