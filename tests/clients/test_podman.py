"""podman: build from an imported base, push, remove, pull by tag and by digest, run, lists."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.accounts import ALICE, BOB, Secured
from tests.clients.content import Descriptor, Layout, tar
from tests.clients.remote import Repository
from tests.clients.tools import Cli, tool, unavailable

HTTP = "--tls-verify=false"
# What the limits of this machine allow, whatever podman's own default is.
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
CAT = 'CMD ["/bin/busybox", "cat", "/message"]'
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


@pytest.fixture
def logins(tmp_path: Path) -> str:
    """Return the option that lets podman keep logins apart."""
    file = tmp_path / "logins.json"
    file.write_text("{}")
    return f"--authfile={file}"


def log_in(podman: Cli, server: Secured, name: str, logins: str) -> str:
    password = server.passwords[name].encode()
    login = ("login", HTTP, logins, "--username", name, "--password-stdin", server.host)
    return podman(*login, given=password)


def test_login_push_pull_run_logout(
    podman: Cli, logins: str, secured: Secured, word: str, tmp_path: Path
) -> None:
    image = f"{secured.host}/team/{word}:1"
    files = tar({"bin/busybox": tool("/usr/bin/busybox").read_bytes(), "message": b"hello"})
    podman("import", "--change", CAT, "-", image, given=files)
    assert "denied" in podman.fail("push", HTTP, logins, image)

    log_in(podman, secured, BOB, logins)
    assert "Forbidden" in podman.fail("push", HTTP, logins, image)
    assert "Login Succeeded" in log_in(podman, secured, ALICE, logins)
    podman("push", HTTP, logins, "--digestfile", tmp_path / "digest", image)
    repository = secured.repository(f"team/{word}")
    assert (tmp_path / "digest").read_text() == repository.digest("1")
    content = repository.tree("1")

    podman("rmi", "--all", "--force")
    podman("pull", HTTP, logins, image)
    assert start(podman, image) == "hello"
    podman("push", HTTP, logins, image, f"{secured.host}/team/{word}-2:1")
    assert secured.repository(f"team/{word}-2").tree("1").keys() >= set(content) - {
        repository.digest("1")
    }
    podman("logout", logins, secured.host)
    assert "denied" in podman.fail("pull", HTTP, logins, image)


def test_wrong_password(podman: Cli, logins: str, strict: Secured) -> None:
    login = ("login", HTTP, logins, "--username", ALICE, "--password-stdin", strict.host)
    assert "invalid username/password" in podman.fail(*login, given=b"guessed")


def test_public_without_login(
    podman: Cli, logins: str, secured: Secured, layout: Layout, index: Descriptor, word: str
) -> None:
    for name in ("public", "team"):
        secured.repository(f"{name}/{word}").push(layout, index, "1")
    podman("pull", HTTP, logins, f"{secured.host}/public/{word}@{index['digest']}")
    assert index["digest"] in podman("images", "--format", "{{.Digest}}")
    refused = podman.fail("pull", HTTP, logins, f"{secured.host}/team/{word}@{index['digest']}")
    assert "denied" in refused
