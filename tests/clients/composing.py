"""A Compose project on a host with a Docker Engine, and what becomes of its services.

Its file is what a user would write; an image's page says which image runs. What a rollout is to
come to is the tests' part.
"""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from longshore.delivery.rollouts.execution import Outcome, roll_out
from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.engine.compose import ComposeExecutor
from longshore.engine.compose_project import Project
from tests.clients.rolling import BUSYBOX, QUICK, Host
from tests.clients.tools import tool

SERVICE = "web"
FILE = """\
name: {name}
services:
  web:
    image: {image}
    environment: {{GREETING: hello}}
    volumes: [data:/www/data]
    stop_grace_period: 1s
    restart: always
  beside:
    image: {image}
    network_mode: service:web
    command: [{busybox}, sleep, "600"]
    stop_grace_period: 0s
    profiles: [more]
volumes:
  data:
"""


class ComposeHost:
    """A host, and the folder of a project whose service `web` runs an image."""

    def __init__(self, there: Host, folder: Path, image: str) -> None:
        self.there = there
        self.folder = folder
        folder.mkdir()
        (folder / "compose.yaml").write_text(
            FILE.format(name=there.name, image=image, busybox=BUSYBOX)
        )
        self.executor = ComposeExecutor(
            there.client, lambda _: {}, Project(folder, there.engine.environment)
        )

    def compose(self, *arguments: str) -> str:
        """Run in the project's folder what `docker compose` is, as its user does."""
        done = subprocess.run(
            [tool("docker-compose"), *arguments],
            cwd=self.folder,
            env={**os.environ, **self.there.engine.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close(self) -> None:
        self.compose("--profile", "more", "down", "--volumes", "--timeout", "0")

    def release(self, image: str, number: int, health: Health = QUICK) -> Release:
        service = Service(SERVICE, self.there.repository.name, health=health)
        return Release(service, image, number)

    def roll_out(self, image: str, number: int, health: Health = QUICK) -> Outcome:
        release = self.release(image, number, health)
        return roll_out(self.executor, self.there.journal, release)

    def containers(self, service: str = SERVICE) -> list[dict[str, Any]]:
        """All that there are of a service, running or not."""
        labels = [
            f"com.docker.compose.project={self.there.name}",
            f"com.docker.compose.service={service}",
        ]
        found = self.there.client.containers(all=True, filters={"label": labels})
        return [self.there.inspect(each["Id"]) for each in found]

    def container(self, service: str = SERVICE) -> dict[str, Any]:
        """The only one of a service, which runs."""
        [found] = self.containers(service)
        assert found["State"]["Running"], found["State"]
        return found

    def run(self, *arguments: str) -> str:
        return self.there.run(*arguments, name=self.container()["Id"])

    def page(self, path: str = "/health") -> str:
        return self.there.page(self.container()["Id"], path)

    def data(self) -> str:
        """What is in the service's volume, as its container serves it."""
        return self.page("/data/file")


@contextlib.contextmanager
def project(there: Host, folder: Path) -> Iterator[ComposeHost]:
    """A project whose service is to run the tag `develop`, and that is not up."""
    plugins = there.engine.folder / "config" / "cli-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (plugins / "docker-compose").symlink_to(tool("docker-compose"))
    opened = ComposeHost(there, folder, f"{there.repository.image}:develop")
    try:
        yield opened
    finally:
        opened.close()


@contextlib.contextmanager
def brought_up(there: Host, folder: Path) -> Iterator[ComposeHost]:
    """The same, up, with `precious` in its volume."""
    with project(there, folder) as opened:
        there.image("zero", tag="develop")
        opened.compose("up", "--detach", SERVICE)
        opened.run("sh", "-c", f"echo -n precious | {BUSYBOX} tee /www/data/file")
        yield opened


def override(folder: Path) -> dict[str, Any]:
    """What the agent wrote, as Compose reads it."""
    lines = (folder / "compose.override.yaml").read_text().splitlines()
    said: dict[str, Any] = json.loads("\n".join(lines[1:]))
    return said
