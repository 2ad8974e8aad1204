"""Deployments and rollbacks behind Caddy, under a constant load: no request is lost.

Set up as docs/behind-caddy.md says, with a real server, agent, engine and Caddy.
"""

import contextlib
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.accounts import Secured
from tests.clients.agents import Agent, Post
from tests.clients.engines import Engine
from tests.clients.fronting import CADDY, SERVICE, Told, caddy, declared, load, program
from tests.clients.rolling import END, host
from tests.processes import PATIENCE

AT_ONCE, GRACEFULLY = "at-once", "gracefully"


class Shop:
    """A service behind Caddy, and what it ran, one after the other."""

    def __init__(self, post: Post, agent: Agent, command: list[str], program: bytes) -> None:
        self._post = post
        self._agent = agent
        self._command = command
        self._programs = {"bin/service": program}
        self._deployed = 0
        self.ran: list[str] = []

    def said(self) -> str:
        """What the agent says of it all."""
        return "".join(self._agent.said)

    def push(self) -> str:
        self._deployed += 1
        words = f"version {self._deployed}"
        self._post.push(words, command=self._command, files=self._programs)
        return words

    def deploy(self) -> None:
        self._becomes(self.push())

    def roll_back(self) -> None:
        self._post.act("rollback")
        self._becomes(self.ran[-2])

    def go_on(self) -> None:
        """Deploy something newer than what somebody went back from."""
        words = self.push()
        self._post.act("resume")
        self._becomes(words)

    def fail(self) -> None:
        """Deploy what does not start."""
        self._post.push("bad", command=END)
        self._agent.wait_for("failed")
        self._agent.wait_for("healthy")

    def _becomes(self, words: str) -> None:
        """Until callers are answered so: who looks a name up in vain tries again after seconds.

        And until the server was told: to what it has not heard to be healthy, nothing goes back.
        """
        self._agent.wait_for("healthy")
        deadline = time.monotonic() + PATIENCE
        while self._post.there.page(CADDY) != words or not self._post.is_healthy():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        self.ran.append(words)


@pytest.fixture
def shop(
    request: pytest.FixtureRequest, secured: Secured, engine: Engine, word: str, tmp_path: Path
) -> Iterator[Shop]:
    """A service that ends at once when it is told to, or finishes what it was asked."""
    command = ["/bin/service", request.param]
    service = declared(tmp_path, f"team/{word}")
    environment = f"shop-{secrets.token_hex(3)}"
    with (
        caddy(engine),
        host(engine, secured.repository(f"team/{word}"), tmp_path, SERVICE) as there,
        contextlib.closing(Post(secured, there, service, environment)) as post,
        post.agent() as agent,
    ):
        opened = Shop(post, agent, command, program(tmp_path))
        opened.deploy()
        yield opened


@pytest.mark.parametrize("shop", [AT_ONCE], indirect=True)
def test_no_request_is_lost(shop: Shop, engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with load(engine) as told:
        shop.deploy()
        shop.roll_back()
        shop.go_on()
        shop.fail()
        shop.deploy()
    _judge(told[0], shop, capsys)


@pytest.mark.soak
@pytest.mark.parametrize("shop", [AT_ONCE, GRACEFULLY], indirect=True)
def test_no_request_is_lost_in_20_deployments_and_5_rollbacks(
    shop: Shop, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with load(engine) as told:
        for _ in range(5):
            shop.deploy()
            shop.deploy()
            shop.deploy()
            shop.roll_back()
            shop.go_on()
    _judge(told[0], shop, capsys)


def _judge(told: Told, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(
            f"{told.requests} requests in {len(shop.ran) - 1} rollouts, {len(told.lost)} lost,"
            f" the longest took {told.longest:.2f} s\n"
        )
    assert told.lost == []
    assert told.seen == [shop.ran] * len(told.seen), shop.said()
