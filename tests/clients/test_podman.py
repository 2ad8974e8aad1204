"""podman: build from an imported base, push, remove, pull by tag and by digest, run, lists."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.content import Descriptor, Layout, tar
from tests.clients.remote import Repository
from tests.clients.tools import Cli, tool, unavailable

HTTP = "--tls-verify=false"
# What the limits of this machine allow, whatever podman's own default is.
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
DOCKERFILE = """\
FROM localhost/base:1
COPY message /
RUN ["/bin/busybox", "cp", "/message", "/built"]
CMD ["/bin/busybox", "cat", "/message", "/built"]
"""


@pytest.fixture
def podman(home: dict[str, str]) -> Iterator[Cli]:
    if os.geteuid() != 0:
        unavailable("podman runs as root here")
    # Not below pytest's folder: podman wants the path of its state below 50 characters.
    folder = tempfile.mkdtemp(prefix="podman-")
    options = (
        f"--root={folder}/storage",
        f"--runroot={folder}/run",
        f"--tmpdir={folder}/tmp",
        "--cgroup-manager=cgroupfs",
        "--events-backend=none",
        f"--runtime={tool('/usr/sbin/runc')}",
    )
    program = Cli("/usr/bin/podman", home, options)
    yield program
    program("rmi", "--all", "--force")
    shutil.rmtree(folder)


def start(podman: Cli, image: str) -> str:
    return podman("run", "--rm", "--network=none", *LIMITS, image)


def test_build_push_remove_pull_run(
    podman: Cli, image: str, repository: Repository, tmp_path: Path
) -> None:
    base = tar({"bin/busybox": tool("/usr/bin/busybox").read_bytes()})
    podman("import", "-", "base:1", given=base)
    (tmp_path / "message").write_text("hello\n")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    podman("build", "--network=none", "--tag", f"{image}:1", tmp_path)
    podman("push", HTTP, "--digestfile", tmp_path / "digest", f"{image}:1")
    digest = repository.digest("1")
    assert (tmp_path / "digest").read_text() == digest
    content = repository.tree("1")

    for reference in (f"{image}:1", f"{image}@{digest}"):
        podman("rmi", "--all", "--force")
        assert not podman("images", "--quiet")
        podman("pull", HTTP, reference)
        assert start(podman, reference) == "hello\nhello"
    podman("push", HTTP, f"{image}@{digest}", f"{image}:again")
    assert repository.tree("again").keys() >= set(content) - {digest}


def test_pull_of_an_index_and_a_manifest_list(
    podman: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    repository.push(layout, index, "multi")
    podman("pull", HTTP, "--platform", "linux/arm64", f"{image}:multi")
    shown = podman("inspect", "--format", "{{.Architecture}} {{.RepoDigests}}", f"{image}:multi")
    assert shown.startswith("arm64 ")
    assert index["digest"] in shown

    podman("manifest", "create", "list")
    podman("manifest", "add", HTTP, "--all", "list", f"docker://{image}:multi")
    podman("manifest", "push", HTTP, "--all", "list", f"docker://{image}:list")
    listed = repository.tree("list")
    assert layout.tree(index).keys() - {index["digest"]} <= listed.keys()
