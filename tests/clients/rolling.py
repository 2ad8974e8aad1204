"""A host with a Docker Engine, on which services are rolled out, and images for them.

Makes images that behave well or badly, and says what of a container is to be as before. Everything
that a host started is gone when it is closed. What a rollout is to come to is the tests' part.
"""

import contextlib
import http.client
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import docker

from longshore.delivery.rollouts.execution import Failure, Outcome, StepFailed, roll_out
from longshore.delivery.rollouts.health import Health, Probe
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.engine.journal import FileJournal
from longshore.engine.rollouts import EngineExecutor
from tests.clients.content import Layout
from tests.clients.engines import Engine
from tests.clients.remote import Repository
from tests.clients.tools import tool
from tests.processes import PATIENCE

BUSYBOX = "/bin/busybox"
SERVE = [BUSYBOX, "httpd", "-f", "-p", "80", "-h", "/www"]
END = [BUSYBOX, "sh", "-c", "echo I can not start >&2; exit 3"]
ORDERS = ("start-first", "stop-first")
# Long enough to be looked at, and short enough to wait for.
QUICK = Health(http=Probe("/health", interval=0.1), deadline=8, watch=0.3)
RUNNING = Health(running=0.3, deadline=8, watch=0.3)


class Host:
    """An engine, a journal and a repository; names on the engine are its own."""

    def __init__(
        self, engine: Engine, repository: Repository, folder: Path, name: str = ""
    ) -> None:
        self.engine = engine
        self.repository = repository
        self.folder = folder
        self.client = docker.APIClient(
            f"unix://{engine.folder}/docker.sock", version="auto", timeout=60
        )
        self.journal = FileJournal(folder / "journal")
        self.executor = EngineExecutor(self.client, lambda _: {}, _no_secret)
        self.name = name or f"web-{secrets.token_hex(3)}"
        self._images = 0
        self._networks: list[str] = []

    def close(self) -> None:
        for each in self.client.containers(all=True):
            if any(self.name in name for name in each["Names"]):
                self.client.remove_container(each["Id"], force=True, v=True)
        for network in self._networks:
            self.client.remove_network(network)
        self.client.close()

    def image(
        self,
        words: str = "well",
        *,
        command: Sequence[str] = SERVE,
        architecture: str = "amd64",
        tag: str = "",
        files: Mapping[str, bytes] = MappingProxyType({}),
        **config: object,
    ) -> str:
        """Push an image whose page `/health` has these words; return its name, by digest.

        Beside that page and busybox it has these files, by their paths.
        """
        self._images += 1
        layout = Layout(self.folder / f"image-{self._images}")
        # A server that is the first process is deaf to SIGTERM, unless it asks for it.
        said = {"Cmd": list(command), "StopSignal": "SIGKILL", **config}
        described = layout.image(
            {"www/health": words.encode(), **files},
            architecture=architecture,
            config=said,
            below={"bin/busybox": tool("/usr/bin/busybox").read_bytes()},
        )
        self.repository.push(layout, described, tag)
        return f"{self.repository.image}@{described['digest']}"

    def volume(self) -> str:
        """Make a volume and return its name."""
        name = f"data-{self.name}"
        self.client.create_volume(name)
        return name

    def network(self, subnet: int, name: str = "") -> str:
        """Make a network of the engine's addresses N.0/24, for an N below 128."""
        name = name or f"net-{self.name}-{subnet}"
        pool = docker.types.IPAMPool(subnet=f"{self.engine.subnets}.{subnet}.0/24")
        self.client.create_network(name, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
        self._networks.append(name)
        return name

    def service(self, **fields: Any) -> Service:
        given: dict[str, Any] = {
            "name": self.name,
            "image": self.repository.name,
            "health": QUICK,
        }
        return Service(**(given | fields))

    def roll_out(self, service: Service, image: str, number: int) -> Outcome:
        shared = service.shares_network_of or ""
        return roll_out(self.executor, self.journal, Release(service, image, number, shared))

    def inspect(self, name: str = "") -> dict[str, Any]:
        found: dict[str, Any] = self.client.inspect_container(name or self.name)
        return found

    def run(self, *arguments: str, name: str = "") -> str:
        """Run a program of busybox in a container and return what it printed."""
        begun = self.client.exec_create(name or self.name, [BUSYBOX, *arguments])
        printed, said = self.client.exec_start(begun["Id"], demux=True)
        code = self.client.exec_inspect(begun["Id"])["ExitCode"]
        assert code == 0, (arguments, code, said)
        return (printed or b"").decode().strip()

    def page(self, name: str = "", path: str = "/health") -> str:
        """What a container answers at its address, from outside."""
        networks = self.inspect(name)["NetworkSettings"]["Networks"].values()
        address = next(each["IPAddress"] for each in networks if each["IPAddress"])
        with contextlib.closing(http.client.HTTPConnection(address, timeout=PATIENCE)) as asked:
            asked.request("GET", path)
            return asked.getresponse().read().decode()

    def has(self, image: str) -> bool:
        """Whether the engine has an image."""
        try:
            self.client.inspect_image(image)  # type: ignore[no-untyped-call]
        except docker.errors.ImageNotFound:
            return False
        return True

    def names(self) -> dict[str, bool]:
        """Every container of this host, and whether it runs."""
        listed = self.client.containers(all=True)
        named = {each["Names"][0].removeprefix("/"): each["State"] == "running" for each in listed}
        return {name: runs for name, runs in named.items() if self.name in name}


@contextlib.contextmanager
def host(engine: Engine, repository: Repository, folder: Path, name: str = "") -> Iterator[Host]:
    opened = Host(engine, repository, folder, name)
    try:
        yield opened
    finally:
        opened.close()


def essence(container: Mapping[str, Any]) -> dict[str, Any]:
    """What of a container has to be as before, when it is the old one again."""
    config, networks = container["Config"], container["NetworkSettings"]["Networks"]
    return {
        "id": container["Id"],
        "name": container["Name"],
        "config": config,
        "host": container["HostConfig"],
        "mounts": sorted(json.dumps(mount, sort_keys=True) for mount in container["Mounts"]),
        "running": container["State"]["Running"],
        "networks": {
            name: (sorted(place["Aliases"] or ()), place["IPAMConfig"])
            for name, place in networks.items()
        },
    }


def failure_of(outcome: Outcome) -> Failure:
    assert outcome.result == "failed"
    assert outcome.failure is not None
    assert outcome.failure.is_restored
    return outcome.failure


def _no_secret(name: str) -> str:
    raise StepFailed(f"this host has no secret {name}")
