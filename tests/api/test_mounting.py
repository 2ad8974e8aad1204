"""Mounts (end-11): a blob that another repository holds; else an upload, whatever the reason."""

import pytest

from longshore.oci.digest import Digest
from tests.api.pushing import Repository

CONTENT = b"mounted"
DIGEST = Digest.of(CONTENT)


@pytest.fixture
def source(repository: Repository) -> Repository:
    return Repository(repository.wire, f"{repository.name}/source")


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("query", ["&from={source}", ""])
def test_what_is_held_somewhere_is_linked(
    query: str, algorithm: str, repository: Repository, source: Repository
) -> None:
    digest = source.push_blob(CONTENT, algorithm)
    reply = repository.ask(
        "POST", f"blobs/uploads/?mount={digest}{query.format(source=source.name)}"
    )
    assert (reply.status, reply.content) == (201, b"")
    assert reply.header("Location") == repository.path(f"blobs/{digest}")
    assert reply.header("Docker-Content-Digest") == digest
    assert repository.ask("GET", f"blobs/{digest}").content == CONTENT


@pytest.mark.parametrize("origin", ["none/such", "{source}", "NO/NAME", "..", "%01", "a" * 256])
def test_what_can_not_be_mounted_is_uploaded(
    origin: str, repository: Repository, source: Repository
) -> None:
    origin = origin.format(source=source.name)
    absent = Digest.of(repository.name.encode())
    reply = repository.ask("POST", f"blobs/uploads/?mount={absent}&from={origin}")
    assert reply.status == 202
    target = f"{reply.header('Location')}?digest={absent}"
    assert repository.wire.ask("PUT", target, repository.name.encode()).status == 201


def test_a_mount_that_is_refused_can_be_cancelled(repository: Repository) -> None:
    """As skopeo does, which then uploads by another session."""
    absent = Digest.of(repository.name.encode())
    reply = repository.ask("POST", f"blobs/uploads/?mount={absent}&from=none/such")
    assert repository.wire.ask("DELETE", reply.header("Location")).status == 204


def test_only_the_source_that_was_named_counts(repository: Repository, source: Repository) -> None:
    content = repository.name.encode()
    digest = source.push_blob(content)
    reply = repository.ask("POST", f"blobs/uploads/?mount={digest}&from={repository.name}/other")
    assert reply.status == 202
    assert repository.ask("HEAD", f"blobs/{digest}").status == 404


@pytest.mark.parametrize("mount", ["", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e"])
def test_what_is_no_digest_is_refused(mount: str, repository: Repository) -> None:
    reply = repository.ask("POST", f"blobs/uploads/?mount={mount}")
    assert (reply.status, reply.codes) == (400, ["DIGEST_INVALID"])


def test_a_mount_outlives_its_source(repository: Repository, source: Repository) -> None:
    content = repository.name.encode()
    digest = source.push_blob(content)
    assert repository.ask("POST", f"blobs/uploads/?mount={digest}&from={source.name}").status == 201
    assert source.ask("DELETE", f"blobs/{digest}").status == 202
    assert source.ask("HEAD", f"blobs/{digest}").status == 404
    assert repository.ask("GET", f"blobs/{digest}").content == content
