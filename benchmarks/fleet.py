"""Simulated agents: each asks a server over a connection of its own what it is to run, for ever.

Decides nothing of what is measured. They note when they were told of a generation, by the clock of
this machine that all its processes share.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections import defaultdict
from types import TracebackType
from typing import Self

WAIT = 50  # seconds that an agent asks for
PAUSE = 5.0  # seconds, at most, after a reply that says to come again later
SETTLED = 30.0  # seconds in which all have to wait
POLLERS = 0.01  # seconds between two looks whether all were told


class Fleet:
    """`hosts` agents of each of these environments of the server at this address."""

    def __init__(self, address: str, environments: list[str], hosts: int) -> None:
        self._host, _, port = address.partition(":")
        self._port = int(port)
        self._environments = environments
        self._hosts = hosts
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.told: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
        self.replies: defaultdict[int, int] = defaultdict(int)  # by status
        self.sent_away = 0  # told to come again later

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + SETTLED
        while self.replies[200] < len(self._environments) * self._hosts:
            if time.monotonic() > deadline:
                raise RuntimeError(f"not all agents are answered: {dict(self.replies)}")
            time.sleep(POLLERS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def known(self, environment: str) -> int:
        """The latest generation that any of its agents was told of."""
        return max(generation for name, generation in list(self.told) if name == environment)

    def wait_for(self, environment: str, generation: int, seconds: float) -> list[float]:
        """When each of its agents was told of it; raises RuntimeError if one was not in time."""
        deadline = time.monotonic() + seconds
        place = environment, generation
        while len(self.told[place]) < self._hosts:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{environment}: {len(self.told[place])} agents were told")
            time.sleep(POLLERS)
        return sorted(self.told[place])

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        agents = [
            asyncio.create_task(self._live(name, f"host-{number}"))
            for name in self._environments
            for number in range(self._hosts)
        ]
        await self._stop.wait()
        for agent in agents:
            agent.cancel()
        await asyncio.gather(*agents, return_exceptions=True)

    async def _live(self, name: str, host: str) -> None:
        generation: int | None = None
        while True:
            reader, writer = await asyncio.open_connection(self._host, self._port)
            try:
                while True:
                    known = (
                        f"&generation={generation}&wait={WAIT}" if generation is not None else ""
                    )
                    target = f"/api/v1/environments/{name}/desired?host={host}{known}"
                    writer.write(f"GET {target} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
                    status, headers, body = await _reply(reader)
                    self.replies[status] += 1
                    if status == 200:
                        generation = json.loads(body)["generation"]
                        self.told[name, generation].append(time.monotonic())
                    if "retry-after" in headers:
                        self.sent_away += 1
                        await asyncio.sleep(random.uniform(0.5, 1) * PAUSE)
                    if headers.get("connection") == "close":
                        break
            finally:
                writer.close()


async def _reply(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    body = await reader.readexactly(int(headers.get("content-length") or 0))
    return int(head[0].split()[1]), headers, body
