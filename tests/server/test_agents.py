"""Very many agents wait at one server: all are told of a move, and none holds up its end."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from longshore.client.management import of_application
from longshore.server import local
from longshore.server.config import Settings
from tests.content import index
from tests.serving import HOST, Server

ENVIRONMENTS = 50
AGENTS = 500
WAIT = 50  # seconds: whoever is not told makes the test fail, not wait
IMAGE = "team/app"
# For all of them at either worker: it is chance which one gets a connection.
ROOM = ("--connection-limit", "2000", "--waiting-limit", "1000")


class Agent:
    """Asks again and again over one connection, as an agent does, and notes when it was told."""

    def __init__(self, port: int, secret: str, environment: str, news: asyncio.Event) -> None:
        self._port = port
        self._news = news
        self._head = f"Host: {HOST}\r\nAuthorization: Bearer {secret}\r\n\r\n"
        self._path = f"/api/v1/environments/{environment}/desired"
        self.generation: int | None = None
        self.told_at = 0.0
        self.digests: list[str] = []

    async def run(self) -> None:
        reader, writer = await asyncio.open_connection(HOST, self._port)
        try:
            while True:
                known = "" if self.generation is None else f"&generation={self.generation}"
                wait = 0 if self.generation is None else WAIT
                request = f"GET {self._path}?wait={wait}{known} HTTP/1.1\r\n{self._head}"
                writer.write(request.encode())
                self._take(await _reply(reader))
        finally:
            writer.close()

    def _take(self, told: Any) -> None:
        self.generation = told["generation"]
        self.digests = [one["digest"] for one in told["services"]]
        self.told_at = time.monotonic()
        self._news.set()


async def _reply(reader: asyncio.StreamReader) -> Any:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return json.loads(await reader.readexactly(length))


class Registry:
    """A server with environments that follow `develop`, and the secrets of who asks it."""

    def __init__(self, root: Path) -> None:
        with local.opened(Settings(root=root), may_make=True) as opened:
            management = of_application(opened.app)
            self.secret = management.ask("POST", "/robots", {"name": "host"})["secret"]
            grant = {"pattern": "**", "verbs": ["admin"]}
            chief = {"name": "chief", "grants": [grant]}
            self._chief = management.ask("POST", "/robots", chief)["secret"]
            body = {"environments": [_environment(number) for number in range(ENVIRONMENTS)]}
            management.ask("PUT", "/environments", body)
            management.close()
        self.server = Server(root, options=("--workers", "2", *ROOM))

    async def push(self, number: int) -> str:
        pushed = index(annotations={"number": str(number)})
        headers = {
            "Content-Type": pushed.manifest.media_type,
            "Authorization": f"Bearer {self._chief}",
        }
        target = f"{self.server.url}/v2/{IMAGE}/manifests/develop"
        async with httpx.AsyncClient(trust_env=False, timeout=WAIT) as client:
            reply = await client.put(target, content=pushed.manifest.content, headers=headers)
        assert reply.status_code == 201, reply.text
        return str(pushed.digest)

    def processor_time(self) -> float:
        """Seconds that its processes have used."""
        used = 0
        for pid in self.server.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used += int(fields[11]) + int(fields[12])
        return used / os.sysconf("SC_CLK_TCK")


def _environment(number: int) -> dict[str, Any]:
    return {
        "name": f"environment-{number}",
        "services": [{"name": "web", "image": IMAGE}],
        "follow": "develop",
        "agents": ["host"],
    }


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path / "data")
    with registry.server:
        yield registry


class Agents:
    """All of them, waiting."""

    def __init__(self, registry: Registry) -> None:
        self._news = asyncio.Event()
        port, secret = registry.server.port, registry.secret
        names = (f"environment-{number % ENVIRONMENTS}" for number in range(AGENTS))
        self.all = [Agent(port, secret, name, self._news) for name in names]
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for agent in self.all:
            task = asyncio.create_task(agent.run())
            task.add_done_callback(lambda _: self._news.set())
            self._running.append(task)

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def told(self, digests: list[str]) -> float:
        """Wait until each knows that this is to run; answers when the last one was told."""
        async with asyncio.timeout(WAIT):
            while any(one.generation is None or one.digests != digests for one in self.all):
                await self._news.wait()
                self._news.clear()
                assert [task.exception() for task in self._running if task.done()] == []
        return max(agent.told_at for agent in self.all)


@pytest.fixture
async def agents(registry: Registry) -> AsyncIterator[Agents]:
    found = Agents(registry)
    found.start()
    await found.told([])
    yield found
    await found.stop()


async def test_a_move_of_a_tag_reaches_very_many_agents(
    registry: Registry, agents: Agents, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """How long after the push, and at what cost, is in the report of the tests (--junit-xml)."""
    for number in range(3):
        used = registry.processor_time()
        digest = await registry.push(number)
        pushed = time.monotonic()
        last = await agents.told([digest])
        record_testsuite_property("seconds until the last agent was told", last - pushed)
        record_testsuite_property("seconds of processor time", registry.processor_time() - used)


async def test_a_server_ends_while_very_many_agents_wait(
    registry: Registry, agents: Agents
) -> None:
    """Long before those who wait would have been answered."""
    started = time.monotonic()
    await asyncio.to_thread(registry.server.stop)
    assert time.monotonic() - started < WAIT / 2
    assert [agent.digests for agent in agents.all] == [[]] * AGENTS
