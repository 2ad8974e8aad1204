"""Docker Engine 20.10 and the current one, whose containerd image store pushes differently.

Each builds from an imported base, pushes, removes, pulls and runs; digests and bytes are compared
with what the registry serves to everybody.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import longshore
from tests.clients.content import INDEX, Layout, tar
from tests.clients.engines import Engine
from tests.clients.remote import Repository
from tests.clients.tools import tool
from tests.depth import DEPTH

BUSYBOX = "bin/busybox"
DOCKERFILE = """\
FROM {base}
COPY message /
RUN ["/bin/busybox", "cp", "/message", "/built"]
CMD ["/bin/busybox", "cat", "/message", "/built"]
"""

LARGE = DEPTH * (3 << 20)  # bytes of a layer: more than any program on the way reads at once

BUILDERS = ("classic", "buildkit")  # as DOCKER_BUILDKIT counts them

Build = Callable[[Engine, str, str], None]


@pytest.fixture(params=range(len(BUILDERS)), ids=BUILDERS)
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    """Return what builds an image that prints its message twice, with one builder or the other."""

    def build_image(engine: Engine, name: str, message: str) -> None:
        base = tar({BUSYBOX: tool("/usr/bin/busybox").read_bytes()})
        engine.docker("import", "-", "base:1", given=base)
        context = tmp_path / "context"
        context.mkdir(exist_ok=True)
        (context / "message").write_text(f"{message}\n")
        (context / "Dockerfile").write_text(DOCKERFILE.format(base="base:1"))
        engine.docker(
            "build", "--no-cache", "--network", "none", "--tag", name, context,
            buildkit=request.param,
        )  # fmt: skip

    return build_image


def of_builders(*made: tuple[str, str]) -> pytest.MarkDecorator:
    """For a test that is not for each builder of each engine in turn."""
    return pytest.mark.parametrize(
        ("engine", "build"),
        [(engine, BUILDERS.index(builder)) for engine, builder in made],
        indirect=True,
        ids=["-".join(each) for each in made],
    )


ONE_OF_EACH = of_builders(("engine_20", "classic"), ("engine_current", "buildkit"))
THE_OTHERS = of_builders(("engine_20", "buildkit"), ("engine_current", "classic"))


def forget(engine: Engine, *images: str) -> None:
    """Remove images and check that they are gone."""
    engine.docker("rmi", "--force", *images)
    left = engine.docker("images", "--quiet", *images[:1])
    assert not left


def test_build_push_remove_pull_run(
    engine: Engine, build: Build, image: str, repository: Repository
) -> None:
    build(engine, "built:1", "hello")
    engine.docker("tag", "built:1", f"{image}:1")
    pushed = engine.docker("push", f"{image}:1")
    digest = repository.digest("1")
    content = repository.tree("1")
    assert f"digest: {digest}" in pushed
    forget(engine, f"{image}:1", "built:1")

    assert f"Digest: {digest}" in engine.docker("pull", f"{image}:1")
    assert engine.run(f"{image}:1") == "hello\nhello"
    forget(engine, f"{image}:1")

    assert f"Digest: {digest}" in engine.docker("pull", f"{image}@{digest}")
    assert engine.run(f"{image}@{digest}") == "hello\nhello"
    assert repository.tree(digest) == content


@ONE_OF_EACH
def test_first_steps(engine: Engine, build: Build, image: str, repository: Repository) -> None:
    """Do what the README does: push, look at the lists, push a second tag."""
    build(engine, "sample:1", "hello")
    engine.docker("tag", "sample:1", image)
    engine.docker("push", image)
    assert repository.is_listed()
    assert repository.tags() == ["latest"]

    engine.docker("tag", "sample:1", f"{image}:1.0")
    engine.docker("push", f"{image}:1.0")
    assert repository.tags() == ["1.0", "latest"]
    assert repository.digest("1.0") == repository.digest("latest")


@THE_OTHERS
def test_push_to_a_second_repository(
    engine: Engine, build: Build, image: str, repository: Repository
) -> None:
    """The engine mounts what the registry has already; nothing of it may be missing."""
    build(engine, "twice:1", "hello")
    for target in (image, f"{image}/second"):
        engine.docker("tag", "twice:1", target)
        engine.docker("push", target)
    assert repository.below("second").tree("latest") == repository.tree("latest")


@ONE_OF_EACH
def test_push_again_moves_the_tag(
    engine: Engine, build: Build, image: str, repository: Repository
) -> None:
    digests = []
    for message in ("before", "after"):
        build(engine, f"{image}:moving", message)
        engine.docker("push", f"{image}:moving")
        digests.append(repository.digest("moving"))
    assert digests[0] != digests[1]
    forget(engine, f"{image}:moving")
    assert engine.run(f"{image}@{digests[0]}") == "before\nbefore"
    assert engine.run(f"{image}:moving") == "after\nafter"


@THE_OTHERS
def test_what_a_tag_was_is_restored_and_pulled(
    engine: Engine, build: Build, image: str, repository: Repository
) -> None:
    """After a push that should not have been, and after its image was deleted by its digest."""
    name, digests = f"{image}:moving", []
    for message in ("before", "after"):
        build(engine, name, message)
        engine.docker("push", name)
        digests.append(repository.digest("moving"))
    assert digests[0] != digests[1]
    for deletes in (False, True):
        if deletes:
            place = f"{repository.name}/manifests/{digests[0]}"
            assert repository.http.delete(place).status_code == 202
            assert not repository.has("manifests", "moving")
        done = longshore("restore", name)
        assert (done.returncode, done.stderr) == (0, "")
        assert digests[0] in done.stdout
        forget(engine, name)
        assert f"Digest: {digests[0]}" in engine.docker("pull", name)
        assert engine.run(name) == "before\nbefore"


def test_pull_of_an_index_takes_the_platform_of_the_host(
    engine: Engine, image: str, repository: Repository, layout: Layout
) -> None:
    busybox = tool("/usr/bin/busybox").read_bytes()
    children = [
        layout.image({BUSYBOX: busybox, "message": name.encode()}, architecture=name)
        for name in ("amd64", "arm64")
    ]
    index = layout.index(children)
    repository.push(layout, index, "multi")
    assert f"Digest: {index['digest']}" in engine.docker("pull", f"{image}:multi")
    assert engine.run(f"{image}:multi") == "amd64"


@of_builders(("engine_20", "classic"))
def test_manifest_list(engine: Engine, build: Build, image: str, repository: Repository) -> None:
    """`docker manifest` makes a list of Docker's own kind in the client and pushes it itself."""
    build(engine, f"{image}:amd64", "hello")
    engine.docker("push", f"{image}:amd64")
    engine.docker("manifest", "create", "--insecure", f"{image}:list", f"{image}:amd64")
    engine.docker("manifest", "push", "--insecure", "--purge", f"{image}:list")
    answer = repository.manifest("list")
    listed = json.loads(answer.content)
    assert answer.headers["Content-Type"] == listed["mediaType"]
    assert [child["digest"] for child in listed["manifests"]] == [repository.digest("amd64")]
    assert listed["mediaType"] != INDEX


def test_large_layers(engine: Engine, image: str, repository: Repository, tmp_path: Path) -> None:
    """Layers of many reads, several at once, which no compression makes small."""
    context = tmp_path / "context"
    context.mkdir()
    lines = ["FROM scratch"]
    for number in range(4):
        (context / f"part-{number}").write_bytes(os.urandom(LARGE))
        lines.append(f"COPY part-{number} /")
    (context / "Dockerfile").write_text("\n".join(lines))
    engine.docker("build", "--tag", image, context)
    engine.docker("push", image)
    content = repository.tree("latest")
    forget(engine, image)
    engine.docker("pull", image)
    container = engine.docker("create", image, "none")
    for number in range(4):
        part = tmp_path / f"pulled-{number}"
        engine.docker("cp", f"{container}:/part-{number}", part)
        assert part.read_bytes() == (context / f"part-{number}").read_bytes()
    engine.docker("rm", container)
    assert sum(map(len, content.values())) > 4 * LARGE


@of_builders(("engine_20", "buildkit"))
def test_engines_exchange_images(
    engine: Engine,
    engine_current: Engine,
    build: Build,
    image: str,
    repository: Repository,
) -> None:
    for source, target in ((engine, engine_current), (engine_current, engine)):
        tag = source.name
        build(source, f"{image}:{tag}", tag)
        source.docker("push", f"{image}:{tag}")
        digest = repository.digest(tag)
        assert f"Digest: {digest}" in target.docker("pull", f"{image}:{tag}")
        assert target.run(f"{image}:{tag}") == f"{tag}\n{tag}"
