"""The agent as a process on a host, and an environment on a server for it to keep.

What it says on standard error is read along, so that nothing is waited for by the clock.
"""

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import msgspec

from longshore.delivery.rollouts.resources import Network
from longshore.delivery.rollouts.services import Service
from tests.cli.managed import Folder
from tests.clients.accounts import OWNER, Secured
from tests.clients.content import tar
from tests.clients.rolling import SERVE, Host
from tests.clients.tools import tool
from tests.forks import forks
from tests.processes import PATIENCE

ENVIRONMENT, MACHINE = "development", "host-1"


class Agent:
    """A running agent of a host."""

    def __init__(
        self, there: Host, environment: str, url: str, token: str, *options: str | Path
    ) -> None:
        words: list[str | Path] = ["agent", environment, "--server", url, "--host", MACHINE]
        words += ["--folder", there.folder / "agent", "--secrets", there.folder, *options]
        environ = {**os.environ, **there.engine.environment, "LONGSHORE_TOKEN": token}
        said, says = os.pipe()
        with Path(os.devnull).open("r+") as nothing, os.fdopen(says) as saying:
            files = [nothing.fileno(), nothing.fileno(), saying.fileno()]
            self._process = forks().begin(list(map(str, words)), Path.cwd(), environ, files)
        self.said: list[str] = []
        self._lines = Queue[str]()
        self._reading = threading.Thread(target=self._read, args=(said,))
        self._reading.start()

    def wait_for(self, words: str) -> None:
        """Until it says so in a line that was not waited for before."""
        while words not in (line := self._lines.get(timeout=PATIENCE)):
            assert line, f"it has ended:\n{''.join(self.said)}"

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._reading.join()

    def _read(self, said: int) -> None:
        with os.fdopen(said, encoding="utf-8") as lines:
            for line in lines:
                self.said.append(line)
                self._lines.put(line)
        self._lines.put("")


class Post:
    """An environment that follows `develop` on a server, and a host that runs it."""

    def __init__(
        self,
        secured: Secured,
        there: Host,
        service: Service | None = None,
        environment: str = ENVIRONMENT,
    ) -> None:
        self.there = there
        self.environment = environment
        self._secured = secured
        self.url = secured.server.url
        runner = f"runner-{environment}"
        self.token = secured.accounts.add_robot(runner)
        secured.accounts.grant(runner, there.repository.name, "pull")
        url = f"{self.url}/api/v1/"
        self._owner = httpx.Client(base_url=url, auth=secured.owner.auth, timeout=60)
        service = service or there.service(networks=(Network(there.network(40)),))
        declared = {
            "name": environment,
            "follow": "develop",
            "agents": [runner],
            "services": [msgspec.to_builtins(service)],
        }
        body = {"environments": [declared]}
        self._owner.put("environments", json=body).raise_for_status()

    def close(self) -> None:
        self._owner.close()

    def shut(self) -> None:
        """End the server."""
        self._secured.server.stop()

    @contextlib.contextmanager
    def agent(self, *options: str | Path) -> Iterator[Agent]:
        running = Agent(self.there, self.environment, self.url, self.token, *options)
        try:
            yield running
        finally:
            running.kill()

    def push(self, words: str, **fields: Any) -> str:
        """Push an image to `develop`, and return its digest."""
        return self.there.image(words, tag="develop", **fields).rpartition("@")[2]

    def push_by_docker(self, words: str) -> datetime:
        """Push one to `develop` as its user does; answers when the last reply was given."""
        engine, image = self.there.engine, f"{self.there.repository.image}:develop"
        files = {"bin/busybox": tool("/usr/bin/busybox").read_bytes(), "www/health": words.encode()}
        engine.docker(
            "import", "--change", f"CMD {json.dumps(SERVE)}", "-", image, given=tar(files)
        )
        password = self._secured.passwords[OWNER].encode()
        host = self._secured.host
        engine.docker("login", "--username", OWNER, "--password-stdin", host, given=password)
        engine.docker("push", image)
        engine.docker("logout", host)
        logged = map(json.loads, self._secured.server.log.read_text().splitlines())
        puts = [line for line in logged if line.get("path", "").endswith("/manifests/develop")]
        return datetime.fromisoformat(puts[-1]["timestamp"])

    def act(self, verb: str) -> None:
        """Do to the environment what the command of that name does."""
        path = f"environments/{self.environment}/{verb}"
        self._owner.post(path, json={}).raise_for_status()

    def join_code(self) -> str:
        path = f"environments/{self.environment}/join-codes"
        made = self._owner.post(path, json={"seconds": 600}).raise_for_status()
        return str(made.json()["code"])

    def page(self) -> str:
        return self.there.page()

    def lines(self, service: str) -> list[str]:
        """What the service has written on this host, as its operator reads it."""
        printed = Folder(self._secured.server.root).do("logs", self.environment, service, "--json")
        return [json.loads(line)["text"] for line in printed.splitlines()]

    def history(self) -> list[dict[str, Any]]:
        """What was decided, the newest first."""
        path = f"environments/{self.environment}/history"
        found: list[dict[str, Any]] = self._owner.get(path).raise_for_status().json()["decisions"]
        return found

    def is_healthy(self) -> bool:
        """Whether the server has been told so of what it decided last."""
        return bool(self.history()[0]["act"] == "healthy")
