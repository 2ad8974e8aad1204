"""Caddy in a container in front of a service, set up as docs/behind-caddy.md says, and its callers.

The page's words are what is run, with names of the test in place of its own. Every request goes to
a loopback address: the callers are in the network of Caddy's container.
"""

import contextlib
import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from longshore.delivery.rollouts.services import Service
from longshore.source import project
from tests.clients.content import digest_of, tar
from tests.clients.engines import Engine
from tests.clients.tools import PATIENCE, run, tool
from tests.docs.pages import DOCS, Page
from tests.processes import free_port

PAGE = Page(DOCS / "behind-caddy.md")
SERVICE, NETWORK, CADDY = "web", "edge", "caddy"
START = ["/usr/bin/caddy", "run", "--config", "/etc/caddy/Caddyfile"]
PROGRAM = Path(__file__).with_name("service.c")
ROOT = Path(__file__).parents[2]


class Told(NamedTuple):
    """What became of all requests."""

    requests: int
    lost: list[str]
    longest: float
    """Seconds of the one that waited longest for its answer."""
    seen: list[list[str]]
    """The answers to each caller, in order, each once until it changed."""


def program(folder: Path) -> bytes:
    """A server that keeps connections open and takes as long as it is asked to."""
    built = folder / "service"
    gcc = tool("/usr/bin/gcc")
    run(gcc, "-O1", "-Wall", "-Werror", "-static", "-pthread", "-o", built, PROGRAM)
    return built.read_bytes()


def declared(folder: Path, image: str) -> Service:
    """The service of the page, of an image of the test, and with times that a test can wait for."""
    [written] = PAGE.blocks("yaml")
    written = _replaced(written, "registry.example.com/team/shop", image)
    written = _replaced(written, "drain: 10s", "drain: 2s")
    written = _replaced(
        written, "{path: /health}", "{path: /health, interval: 100ms}, watch: 300ms"
    )
    file = folder / project.FILE
    file.write_text(written)
    [service] = project.load(file).to_services()
    return service


@contextlib.contextmanager
def caddy(engine: Engine) -> Iterator[None]:
    """Caddy, and its network, as the page makes them."""
    _load(engine)
    [commands, *_] = PAGE.blocks("sh")
    for port in ("80", "443"):  # another engine's Caddy may be there at the same time
        commands = _replaced(commands, f"--publish {port}:", f"--publish {free_port()}:")
    # Not below pytest's folder, whose path may have a colon.
    with tempfile.TemporaryDirectory() as folder:
        [settings] = PAGE.blocks("caddy")
        settings = _replaced(settings, "shop.example.com {", ":80 {")
        Path(folder, "Caddyfile").write_text(settings)
        try:
            for command in re.sub(r"\\\n", "", commands).splitlines():
                words = command.replace("/etc/caddy:", f"{folder}:", 1)
                engine.docker(*shlex.split(words)[1:])
            yield
        finally:
            engine.docker("rm", "--force", "--volumes", CADDY)
            engine.docker("network", "rm", NETWORK)
            engine.docker("volume", "rm", CADDY)


@contextlib.contextmanager
def load(engine: Engine) -> Iterator[list[Told]]:
    """A constant load of requests; what became of them is in the list when the block has ended."""
    inside = engine.docker("inspect", "--format", "{{.State.Pid}}", CADDY)
    enter = [str(tool("/usr/bin/nsenter")), "--target", inside, "--net"]
    told: list[Told] = []
    callers = subprocess.Popen(
        [*enter, sys.executable, "-m", "tests.clients.load"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield told
    finally:
        said, _ = callers.communicate(timeout=PATIENCE)
    told.append(Told(**json.loads(said)))


def _load(engine: Engine) -> None:
    """The image that the page names: Caddy, with what its program is linked with."""
    binary = tool("caddy")
    linked = re.findall(r"(?:=> |^\s+)(/\S+)", run(Path("/usr/bin/ldd"), binary), re.MULTILINE)
    files = {path.lstrip("/"): Path(path).read_bytes() for path in linked}
    layer = tar(
        {**files, "usr/bin/caddy": binary.read_bytes(), "data/.keep": b"", "tmp/.keep": b""}
    )
    engine.docker("load", given=_saved("caddy:2", layer, START))


def _saved(name: str, layer: bytes, command: list[str]) -> bytes:
    """An image as `docker save` writes it, whose layer no engine has to compress."""
    config = {
        "os": "linux",
        "architecture": "amd64",
        "config": {"Cmd": command},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]},
    }
    listed = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    return tar(
        {
            "layer.tar": layer,
            "config.json": json.dumps(config).encode(),
            "manifest.json": json.dumps(listed).encode(),
        }
    )


def _replaced(text: str, written: str, here: str) -> str:
    assert written in text
    return text.replace(written, here)
