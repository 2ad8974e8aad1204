"""Docker Engines, each with a containerd of its own, apart from whatever the machine runs.

Starts and stops daemons and cleans up after them; what is done with an engine is the tests' part.
Debian's docker command drives both engines: it speaks an API that the current one still serves.
"""

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.clients.tools import PATIENCE, fail, go_programs, run, tool, unavailable

CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "{folder}/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{folder}/containerd.sock"
"""


# For a test that is not for each engine in turn. Its name tells where it is to run.
ENGINE_20 = pytest.mark.parametrize("engine", ["engine_20"], indirect=True)
ENGINE_CURRENT = pytest.mark.parametrize("engine", ["engine_current"], indirect=True)


def in_turn(name: str, cases: Iterable[str]) -> pytest.MarkDecorator:
    """For cases that need one engine each: one runs on the old one, the next on the current one."""
    engines = itertools.cycle(("engine_20", "engine_current"))
    return pytest.mark.parametrize(
        ("engine", name), list(zip(engines, cases, strict=False)), indirect=["engine"]
    )


# Garbage is collected when there is that much: the old engine runs itself several times to start a
# container, and half of each such run went into garbage, as did a fifth of each `docker compose`.
SELDOM_TIDY = {"GOGC": "off", "GOMEMLIMIT": "256MiB"}

NETWORKS = 8  # of a process, at most

_networks = itertools.count()


def _next_number() -> int:
    """A number that no other network of the machine has, of this run or another."""
    return os.getpid() * NETWORKS + next(_networks)


@dataclass(frozen=True)
class Engine:
    """A running Docker Engine."""

    name: str
    folder: Path
    subnets: str  # the beginning of the addresses of its networks: engines share those of the host
    _start: Callable[[], AbstractContextManager[None]] = field(repr=False)
    _running: ExitStack = field(repr=False, default_factory=ExitStack)

    def start(self) -> None:
        self._running.enter_context(self._start())

    def stop(self) -> None:
        """End it, and its containers with it."""
        self._running.close()

    @property
    def environment(self) -> dict[str, str]:
        """Return what makes the docker command talk to this engine."""
        return {
            "DOCKER_HOST": f"unix://{self.folder}/docker.sock",
            "DOCKER_CONFIG": f"{self.folder}/config",
            "DOCKER_BUILDKIT": "0",
            **SELDOM_TIDY,
        }

    def docker(self, *arguments: str | Path, given: bytes | None = None, buildkit: int = 0) -> str:
        """Run a docker command against this engine."""
        environment = {**self.environment, "DOCKER_BUILDKIT": str(buildkit)}
        command = tool("/usr/bin/docker")
        return run(command, *arguments, environment=environment, given=given).strip()

    def fail(self, *arguments: str | Path, given: bytes | None = None) -> str:
        """Run a docker command that is to fail, and return all that it said."""
        command = tool("/usr/bin/docker")
        return fail(command, *arguments, environment=self.environment, given=given)

    def run(self, image: str) -> str:
        """Run a container of an image to its end and return what it printed."""
        return self.docker("run", "--rm", "--network", "none", image)


@contextlib.contextmanager
def bridge_network() -> Iterator[tuple[str, str]]:
    """Make a network between this machine and an engine's containers; yield name and address.

    Several runs have several, and so has one.
    """
    number = _next_number() % (64 * 256)
    name, address = f"longshore{number}", f"10.{number // 256}.{number % 256}.1"
    ip = tool("/usr/sbin/ip")
    run(ip, "link", "add", name, "type", "bridge")
    try:
        run(ip, "address", "add", f"{address}/24", "dev", name)
        run(ip, "link", "set", name, "up")
        yield name, address
    finally:
        run(ip, "link", "delete", name)


@contextlib.contextmanager
def debian_engine(bridge: str = "none", disk: Path | None = None) -> Iterator[Engine]:
    """Run Docker Engine 20.10, with the runc it came with.

    Over a bridge of the host, containers can publish ports.
    """
    path = os.environ["PATH"]
    with _engine("20.10", tool("/usr/sbin/dockerd"), path, bridge, disk) as engine:
        yield engine


@contextlib.contextmanager
def current_engine(disk: Path | None = None) -> Iterator[Engine]:
    """Run the current Docker Engine, which keeps its images in containerd."""
    tool("runc")
    path = f"{go_programs()}:{os.environ['PATH']}"
    with _engine("current", tool("dockerd"), path, disk=disk) as engine:
        yield engine


@contextlib.contextmanager
def _engine(
    name: str, daemon: Path, path: str, bridge: str = "none", disk: Path | None = None
) -> Iterator[Engine]:
    if os.geteuid() != 0:
        unavailable("an engine needs root")
    # Not below pytest's folder: the path of a socket has room for 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="longshore-engine-", dir=disk))
    command = _dockerd(daemon, folder, bridge)

    def start() -> AbstractContextManager[None]:
        return _daemon(command, folder, "docker", path)

    engine = Engine(name, folder, f"10.{64 + _next_number() % 192}", start)
    (folder / "containerd.toml").write_text(CONTAINERD.format(folder=folder))
    (folder / "daemon.json").write_text(json.dumps(_settings(engine)))
    containerd = [str(tool("/usr/bin/containerd")), "--config", f"{folder}/containerd.toml"]
    try:
        with _daemon(containerd, folder, "containerd", path), ExitStack() as at_the_end:
            at_the_end.callback(engine.stop)
            engine.start()
            yield engine
    finally:
        _unmount(folder)
        shutil.rmtree(folder)


def _settings(engine: Engine) -> dict[str, object]:
    """What the engine reads from a file; the lower half of its subnets is for the tests."""
    pools: list[object] = [{"base": f"{engine.subnets}.128.0/17", "size": 24}]
    if engine.name != "20.10":
        return {"default-address-pools": pools}
    # It would keep its key in /etc otherwise; the current engine has none.
    return {"default-address-pools": pools, "deprecated-key-path": f"{engine.folder}/key.json"}


def _dockerd(daemon: Path, folder: Path, bridge: str) -> list[str]:
    return [
        str(daemon),
        f"--config-file={folder}/daemon.json",
        f"--containerd={folder}/containerd.sock",
        f"--data-root={folder}/data",
        f"--exec-root={folder}/exec",
        f"--pidfile={folder}/docker.pid",
        f"--host=unix://{folder}/docker.sock",
        # The tests reach the registry from the engine, and no network from containers.
        f"--bridge={bridge}",
        "--iptables=false",
        "--ip6tables=false",
        f"--userland-proxy={str(bridge != 'none').lower()}",
    ]


@contextlib.contextmanager
def _daemon(command: list[str], folder: Path, name: str, path: str) -> Iterator[None]:
    """Run a daemon from the time its socket is there until the block ends."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **SELDOM_TIDY, "PATH": path},
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not (folder / f"{name}.sock").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} does not start:\n{log.read_text()[-4000:]}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _unmount(folder: Path) -> None:
    """Unmount what the engine left mounted, inner mounts first."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for point in reversed(mounted):
        if Path(point).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", point], check=True)
