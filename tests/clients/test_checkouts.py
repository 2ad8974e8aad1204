"""`longshore push` and `release` out of Docker Engine, as a developer types them after a build.

Both engines: 20.10, whose images get their digest when they leave, and the current one, which has
it from the start. What is in the registry is pulled back by the engine, and run.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore.registry.history import REVISION_KEY
from tests.cli.program import longshore_in
from tests.clients.accounts import ALICE, PASSWORDS, Secured
from tests.clients.content import INDEX, Layout, tar
from tests.clients.engines import ENGINE_20, ENGINE_CURRENT, Engine
from tests.clients.remote import Repository as Remote
from tests.clients.tools import tool
from tests.source.repository import Repository

DOCKERFILE = """\
FROM scratch
COPY busybox file /bin/
CMD ["/bin/busybox", "cat", "/bin/file"]
"""


class Product:
    """A checkout on develop, with a Dockerfile, and the engine that builds it."""

    def __init__(self, folder: Path, engine: Engine, image: str) -> None:
        self.made = Repository.make(folder / "app", "develop")
        self.engine = engine
        self.image = image
        self.short = image.rpartition("/")[2]
        (self.made.folder / "longshore.yaml").write_text(f"image: {image}\n")
        (self.made.folder / "Dockerfile").write_text(DOCKERFILE)
        shutil.copy(tool("/usr/bin/busybox"), self.made.folder)
        self.made.git("add", "--all")
        self.made.commit("first")

    def build(self, *options: str) -> None:
        self.engine.docker("build", "--tag", self.short, *options, self.made.folder)

    def build_labelled(self) -> None:
        self.build("--label", f"{REVISION_KEY}={self.made.head()}")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {**self.engine.environment, "HOME": "/nonexistent"}
        return longshore_in(self.made.folder, *arguments, **environ)

    def done(self, *arguments: str) -> dict[str, Any]:
        """The last event of a command that does not fail."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return last

    def forget(self) -> None:
        """Remove what the engine has of it."""
        names = (f"--filter=reference={each}" for each in (self.image, self.short))
        ids = self.engine.docker("images", "--quiet", *names).split()
        if ids:
            self.engine.docker("rmi", "--force", *dict.fromkeys(ids))


@pytest.fixture
def product(tmp_path: Path, engine: Engine, image: str) -> Iterator[Product]:
    product = Product(tmp_path, engine, image)
    yield product
    product.forget()


def id_of(engine: Engine, name: str) -> str:
    return engine.docker("image", "inspect", "--format", "{{.Id}}", name)


def test_what_was_built_is_pushed_under_the_tag_of_the_branch(
    product: Product, repository: Remote
) -> None:
    product.build()
    built = id_of(product.engine, product.short)
    done = product.run("push")
    digest = repository.digest("develop")
    assert done.stdout == f"{product.image}:develop@{digest}\n"
    assert f"docker build --label {REVISION_KEY}=$(git rev-parse HEAD)" in done.stderr
    if product.engine.name == "current":
        assert digest == built
    else:
        assert repository.manifest("develop").json()["config"]["digest"] == built
    product.forget()
    assert product.engine.run(f"{product.image}:develop") == "first"


def test_what_the_registry_has_is_not_read_out_of_the_engine_again(product: Product) -> None:
    product.build_labelled()
    first = product.done("push")
    assert first["bytes"] > 0
    assert first["notes"] == []
    again = product.run("push", "--exit-code")
    assert again.returncode == 4
    assert f"note: {product.short}:latest is in the registry already" in again.stderr


@ENGINE_20
def test_a_version_is_released_with_the_image_that_its_branch_has(
    product: Product, repository: Remote
) -> None:
    product.build_labelled()
    pushed = product.done("push")["containerimage.digest"]
    product.forget()
    product.made.git("tag", "v1.0.5")
    released = product.done("release")
    assert (released["containerimage.digest"], released["at_once"]) == (pushed, True)
    assert repository.tags() == ["1", "1.0", "1.0.5", "develop", "latest"]
    assert product.engine.run(f"{product.image}:latest") == "first"


@ENGINE_CURRENT
def test_an_old_build_is_refused_and_may_be_named(product: Product, repository: Remote) -> None:
    product.build_labelled()
    product.made.commit("second")
    done = product.run("push")
    assert (done.returncode, done.stdout) == (3, "")
    assert f"{product.short}:latest was built from" in done.stderr
    assert product.done("push", f"{product.short}:latest")["notes"][0].endswith("this commit")
    assert repository.tags() == ["develop"]


def test_the_engine_pushes_by_itself_the_version_first(
    product: Product, repository: Remote
) -> None:
    product.build_labelled()
    product.made.git("tag", "v1.0.5")
    done = product.run("push", "--by-engine")
    digest = repository.digest("1.0.5")
    assert [line.partition("@")[2] for line in done.stdout.splitlines()] == [digest] * 5
    assert "note: 1.0.5 was set by Docker Engine, and then the others" in done.stderr
    docker_says = product.engine.docker(
        "image", "inspect", "--format", "{{.RepoDigests}}", f"{product.image}:1.0.5"
    )
    assert digest in docker_says
    assert product.run("push", "--exit-code").returncode == 4


@ENGINE_CURRENT
def test_the_engine_pushes_with_the_login_of_docker(
    tmp_path: Path, engine: Engine, secured: Secured, word: str
) -> None:
    product = Product(tmp_path, engine, f"{secured.host}/team/{word}")
    product.build_labelled()
    engine.docker(
        "login", "--username", ALICE, "--password-stdin", secured.host,
        given=PASSWORDS[ALICE].encode(),
    )  # fmt: skip
    try:
        digest = product.done("push", "--by-engine")["containerimage.digest"]
        product.made.git("tag", "v1.0.5")
        assert product.done("release")["containerimage.digest"] == digest
    finally:
        shutil.rmtree(engine.folder / "config")
    assert secured.repository(f"team/{word}").digest("latest") == digest
    product.made.commit("second")
    product.build_labelled()
    refused = product.run("push", "--by-engine")
    assert refused.returncode != 0
    assert refused.stderr.splitlines()[-1].startswith("longshore: ")
    assert "Traceback" not in refused.stderr
    product.forget()


@ENGINE_CURRENT
def test_of_an_index_that_the_engine_has_not_all_of_its_own_platform_goes(
    tmp_path: Path, engine: Engine, repository: Remote, image: str, layout: Layout
) -> None:
    children = [
        layout.image({"message": name.encode()}, architecture=name) for name in ("amd64", "arm64")
    ]
    repository.push(layout, layout.index(children), "multi")
    product = Product(tmp_path, engine, f"{image}/copy")
    engine.docker("pull", f"{image}:multi")
    assert repository.manifest("multi").headers["Content-Type"] == INDEX
    done = product.done("push", f"{image}:multi")
    assert "the engine has not all of the image: only linux/amd64 goes" in done["notes"]
    assert done["containerimage.digest"] == children[0]["digest"]
    product.forget()


@ENGINE_20
def test_a_place_may_be_named_instead_of_a_checkout(product: Product, repository: Remote) -> None:
    product.build()
    done = product.run("push", f"{product.short}:latest", f"{product.image}:named")
    assert done.stdout == f"{product.image}:named@{repository.digest('named')}\n"


def test_an_image_that_an_engine_imported_can_be_pushed(
    product: Product, repository: Remote
) -> None:
    packed = tar({"bin/busybox": tool("/usr/bin/busybox").read_bytes()})
    product.engine.docker("import", "-", f"{product.image}:develop", given=packed)
    product.done("push")
    assert repository.tags() == ["develop"]
