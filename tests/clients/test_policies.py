"""Clients that push against a policy: aliases move for all of them, and each shows why not."""

import json
from pathlib import Path

import pytest

from tests.cli.program import longshore
from tests.clients.content import Layout, tar
from tests.clients.engines import Engine
from tests.clients.remote import Repository
from tests.clients.tools import Cli
from tests.serving import Server

REASON = "1.0.0 exists with other content"
ADVICE = "a version never changes: release this under a number of its own"
ALIASES = ["1", "1.0", "1.0.0", "latest"]


@pytest.fixture
def ruled(registry: Server, repository: Repository, tmp_path: Path) -> Repository:
    """Return a repository with a policy: the sample approach."""
    file = tmp_path / "longshore.yaml"
    file.write_text(f"image: {repository.name}\n")
    done = longshore("policy", "apply", "--file", str(file), "--root", str(registry.root))
    assert done.returncode == 0, done
    return repository


def refusals(registry: Server, repository: Repository, tag: str) -> int:
    """How often the server refused to move the tag."""
    path = f"/v2/{repository.name}/manifests/{tag}"
    events = map(json.loads, registry.log.read_text().splitlines())
    return sum((event.get("path"), event.get("status")) == (path, 403) for event in events)


def check_told(said: str) -> None:
    """The sentence may be broken into lines, but is there to its end."""
    words = " ".join(said.replace("\\", "").split())
    assert REASON in words
    assert ADVICE in words


def test_docker_push(engine: Engine, registry: Server, ruled: Repository, word: str) -> None:
    image = ruled.image
    for number in range(3):
        packed = tar({"message": f"{word} {number}".encode()})
        engine.docker("import", "-", f"{image}:built-{number}", given=packed)

    def push(number: int, tag: str) -> None:
        engine.docker("tag", f"{image}:built-{number}", f"{image}:{tag}")
        engine.docker("push", f"{image}:{tag}")

    push(0, "1.0.0")
    push(0, "latest")
    assert ruled.tags() == ALIASES
    push(1, "1.1.0")
    assert ruled.digest("latest") == ruled.digest("1") == ruled.digest("1.1.0")
    assert ruled.digest("1.0") == ruled.digest("1.0.0") != ruled.digest("1.1.0")

    engine.docker("tag", f"{image}:built-2", f"{image}:1.0.0")
    check_told(engine.fail("push", f"{image}:1.0.0"))
    engine.docker("tag", f"{image}:built-2", f"{image}:latest")
    assert "latest follows the highest of all versions" in engine.fail("push", f"{image}:latest")
    assert (refusals(registry, ruled, "1.0.0"), refusals(registry, ruled, "latest")) == (1, 1)
    engine.docker("pull", f"{image}:latest")
    assert ruled.digest("latest") == ruled.digest("1.1.0")


def two_images(layout: Layout) -> None:
    for name in ("first", "second"):
        layout.tag(name, layout.image({"message": name.encode()}))


def test_crane(home: dict[str, str], registry: Server, ruled: Repository, layout: Layout) -> None:
    crane = Cli("crane", home)
    two_images(layout)
    for name in ("first", "second"):
        ruled.push(layout, layout.image({"message": name.encode()}), name)
    crane("tag", f"{ruled.image}:first", "1.0.0")
    crane("cp", f"{ruled.image}:first", f"{ruled.image}:1.0.0")
    assert ruled.tags() == sorted([*ALIASES, "first", "second"])
    check_told(crane.fail("tag", f"{ruled.image}:second", "1.0.0"))
    check_told(crane.fail("cp", f"{ruled.image}:second", f"{ruled.image}:1.0.0"))
    assert refusals(registry, ruled, "1.0.0") == 2


def test_skopeo(home: dict[str, str], registry: Server, ruled: Repository, layout: Layout) -> None:
    skopeo = Cli("/usr/bin/skopeo", home)
    two_images(layout)

    def copy(name: str) -> tuple[str, ...]:
        target = f"docker://{ruled.image}:1.0.0"
        return ("copy", "--dest-tls-verify=false", f"oci:{layout.path}:{name}", target)

    skopeo(*copy("first"))
    assert ruled.tags() == ALIASES
    check_told(skopeo.fail(*copy("second")))
    assert refusals(registry, ruled, "1.0.0") == 1
