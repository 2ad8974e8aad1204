"""ctr, containerd's own program, which gives a name and a password with each command."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.accounts import ALICE, BOB, Secured
from tests.clients.content import Descriptor, Layout, Tree, read_layout
from tests.clients.engines import ENGINE_20, Engine
from tests.clients.tools import Cli

pytestmark = ENGINE_20

HTTP = "--plain-http"


@pytest.fixture
def ctr(engine: Engine, own_home: dict[str, str], word: str) -> Iterator[Cli]:
    """Return a ctr with a namespace of its own in the containerd of an engine."""
    address = f"{engine.folder}/containerd.sock"
    program = Cli("/usr/bin/ctr", own_home, ("--address", address, "--namespace", word[:76]))
    yield program
    for image in program("images", "ls", "--quiet").splitlines():
        program("images", "rm", "--sync", image)


@pytest.fixture
def described(layout: Layout, word: str) -> Descriptor:
    """Return an image, under the tag 1 of the layout."""
    made = layout.image({"message": word.encode()})
    layout.tag("1", made)
    return made


def packed(layout: Layout) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as files:
        files.add(layout.path, arcname=".")
    return archive.getvalue()


def exported(archive: Path, digest: str) -> Tree:
    """Return a manifest and all it needs from what containerd has packed."""
    with tarfile.open(archive) as files:
        files.extractall(archive.parent / "exported", filter="data")
    return read_layout(archive.parent / "exported", digest)


def user(server: Secured, name: str) -> tuple[str, str]:
    return "--user", f"{name}:{server.passwords[name]}"


def test_push_and_pull(
    ctr: Cli, secured: Secured, layout: Layout, described: Descriptor, word: str, tmp_path: Path
) -> None:
    image = f"{secured.host}/team/{word}:1"
    ctr("images", "import", "--base-name", image.removesuffix(":1"), "-", given=packed(layout))
    ctr("images", "push", HTTP, *user(secured, ALICE), image)
    repository = secured.repository(f"team/{word}")
    assert repository.tree("1") == layout.tree(described)

    ctr("images", "rm", "--sync", image)
    ctr("images", "pull", HTTP, *user(secured, ALICE), image)
    ctr("images", "export", tmp_path / "out.tar", image)
    assert exported(tmp_path / "out.tar", described["digest"]) == layout.tree(described)


def test_refusals(
    ctr: Cli, secured: Secured, layout: Layout, described: Descriptor, word: str
) -> None:
    public, private = (f"{secured.host}/{name}/{word}:1" for name in ("public", "team"))
    for name in ("public", "team"):
        secured.repository(f"{name}/{word}").push(layout, described, "1")
    ctr("images", "pull", HTTP, public)
    assert "authorization failed" in ctr.fail("images", "pull", HTTP, private)
    bob = user(secured, BOB)
    assert "403 Forbidden" in ctr.fail("images", "pull", HTTP, *bob, private)
    assert "403 Forbidden" in ctr.fail("images", "push", HTTP, *bob, private, public)
    assert "authorization failed" in ctr.fail("images", "push", HTTP, private, public)
    assert secured.repository(f"team/{word}").tree("1") == layout.tree(described)
