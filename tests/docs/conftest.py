"""A checkout to follow the pages in, a registry with an image, and an engine where needed."""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.clients.content import Layout, tar
from tests.clients.engines import Engine, bridge_network, debian_engine
from tests.clients.remote import Repository
from tests.clients.tools import go_programs, run, tool
from tests.docs.pages import ROOT, Page
from tests.docs.terminal import Terminal

BASE = "python:3.11-slim-bookworm"  # what the Dockerfile builds on, unless told otherwise
LONG_AGO = 946684800  # older than what was installed into .venv, or make would install it again


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a reader has after cloning, with `.venv` as `make setup` leaves it."""
    folder = tmp_path / "longshore"
    folder.mkdir()
    for pattern in ("Dockerfile", ".dockerignore", "LICENSE", "Makefile", "*.md", "*.toml", "req*"):
        for path in ROOT.glob(pattern):
            shutil.copy(path, folder)
            os.utime(folder / path.name, (LONG_AGO, LONG_AGO))
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture
def terminal(page: Page, checkout: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """A terminal in the checkout.

    A page that uses Docker begins with nothing. Every other one begins where the quick start
    ends, with the registry running unless the page itself starts it, or with the image in
    another registry if it speaks of one.
    """
    if page.needs_docker:
        yield from docker_terminal(page, checkout, request)
        return
    typed = Terminal(checkout)
    typed.serve("longshore serve")
    if "localhost:5001" in page.text:
        serve_old_registry(typed)
        push_sample(typed.here("localhost:5001"), checkout.parent)
    else:
        push_sample(typed.here("localhost:5000"), checkout.parent)
    if page.serves:
        typed.stop()
    yield typed
    typed.stop()


def serve_old_registry(typed: Terminal) -> None:
    """Run registry 2.8 on port 5001."""
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(typed.folder / "old")}},
        "http": {"addr": typed.here("127.0.0.1:5001")},
    }
    file = typed.folder / "old.yml"
    file.write_text(json.dumps(settings))
    typed.serve(f"{tool('/usr/bin/docker-registry')} serve {file}", "localhost:5001")


def docker_terminal(
    page: Page, checkout: Path, request: pytest.FixtureRequest
) -> Iterator[Terminal]:
    engine: Engine = request.getfixturevalue("engine")
    if page.builds:
        request.getfixturevalue("base")
        request.getfixturevalue("wheels")
    typed = Terminal(checkout, engine.environment)
    yield typed
    typed.stop()
    for container in engine.docker("ps", "--all", "--quiet").split():
        engine.docker("rm", "--force", "--volumes", container)


def push_sample(address: str, folder: Path) -> None:
    """Push an image `mysample` under two tags."""
    layout = Layout(folder / "layout")
    image = layout.image({"message": b"hello"})
    with httpx.Client(base_url=f"http://{address}/v2/") as http:
        for tag in ("latest", "1.0"):
            Repository(http, "mysample").push(layout, image, tag)


@pytest.fixture(scope="session")
def bridge() -> Iterator[str]:
    with bridge_network() as (name, _):
        yield name


@pytest.fixture(scope="session")
def engine(bridge: str) -> Iterator[Engine]:
    """Docker, with an image `busybox` that somebody pulled."""
    busybox = tool("/usr/bin/busybox").read_bytes()
    with debian_engine(bridge) as engine:
        packed = tar({"bin/busybox": busybox, "bin/echo": busybox})
        engine.docker("import", "-", "busybox", given=packed)
        yield engine


@pytest.fixture(scope="session")
def base(engine: Engine) -> None:
    """The Dockerfile's base: Debian with Python, from Debian's own packages."""
    engine.docker("import", packed_base(), BASE)


def packed_base() -> Path:
    """The base in a file, made once a week: it takes longer than what is built on it."""
    week = datetime.now(UTC).strftime("base-%G-%V.tar")
    packed = go_programs() / week
    if not packed.exists():
        packed.parent.mkdir(parents=True, exist_ok=True)
        for older in packed.parent.glob("base-*.tar"):
            older.unlink(missing_ok=True)
        unfinished = packed.with_suffix(f".{os.getpid()}")
        what = ("--variant=essential", "--include=python3,python3-venv")
        how = ("--format=tar", "--dpkgopt=force-unsafe-io")
        run(tool("/usr/bin/mmdebstrap"), *what, *how, "bookworm", unfinished, mirror())
        unfinished.rename(packed)
    return packed


def mirror() -> str:
    """Where this machine has Debian from."""
    wanted = ("--format", "$(SITE)", "Origin: Debian", "Codename: bookworm")
    targets = run(Path("/usr/bin/apt-get"), "indextargets", *wanted)
    return targets.split()[0]


@pytest.fixture
def wheels(checkout: Path) -> None:
    """What the image is built from, since nothing in the engine reaches a package index."""
    shutil.copytree(packed_wheels(checkout / "requirements.lock"), checkout / "wheels")


def packed_wheels(lock: Path) -> Path:
    """The folder of what the lock names, fetched once: the build holds it to the lock's hashes."""
    folder = go_programs() / f"wheels-{hashlib.sha256(lock.read_bytes()).hexdigest()}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        for older in folder.parent.glob("wheels-*"):
            shutil.rmtree(older, ignore_errors=True)
        unfinished = folder.with_suffix(f".{os.getpid()}")
        what = ("--require-hashes", "--requirement", lock)
        run(Path(sys.executable), "-m", "pip", "download", "--dest", unfinished, *what)
        unfinished.rename(folder)
    return folder
