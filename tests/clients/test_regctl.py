"""regctl: images copied with their referrers, blobs (chunked, too), tags, indexes, artifacts."""

import json
import os
from pathlib import Path

import pytest

from tests.clients.content import Descriptor, Layout, digest_of, read_layout
from tests.clients.remote import Repository
from tests.clients.tools import Cli
from tests.serving import Server

ARTIFACT = "application/vnd.example.report.v1"


@pytest.fixture
def regctl(home: dict[str, str], registry: Server, tmp_path: Path) -> Cli:
    """Return a regctl that sends every blob above 64 KiB in chunks."""
    program = Cli("regctl", {**home, "REGCTL_CONFIG": str(tmp_path / "regctl.json")})
    program(
        "registry", "set", registry.host, "--tls", "disabled",
        "--blob-max", "65536", "--blob-chunk", "65536",
    )  # fmt: skip
    return program


def test_copy_with_referrers(
    regctl: Cli,
    image: str,
    repository: Repository,
    layout: Layout,
    index: Descriptor,
    tmp_path: Path,
) -> None:
    amd64 = json.loads(layout.tree(index)[index["digest"]])["manifests"][0]
    artifacts = [layout.artifact(b"of all", ARTIFACT, subject=index)]
    artifacts.append(layout.artifact(b"of one", ARTIFACT, subject=amd64))
    repository.push(layout, index, "multi")
    for descriptor in artifacts:
        repository.push(layout, descriptor)

    copy = repository.below("copy")
    regctl("image", "copy", "--referrers", f"{image}:multi", f"{image}/copy:multi")
    assert copy.tree("multi") == layout.tree(index)
    for subject, artifact in zip((index, amd64), artifacts, strict=True):
        assert copy.referrers(subject["digest"]) == [artifact["digest"]]
        assert copy.tree(artifact["digest"]) == layout.tree(artifact)
    assert copy.tags() == ["multi"]

    out = tmp_path / "out"
    regctl("image", "copy", "--referrers", f"{image}/copy:multi", f"ocidir://{out}:multi")
    for descriptor in (index, *artifacts):
        assert read_layout(out, descriptor["digest"]) == layout.tree(descriptor)


def test_copy_from_a_layout(
    regctl: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    regctl("image", "copy", f"ocidir://{layout.path}:multi", f"{image}:multi")
    assert repository.tree("multi") == layout.tree(index)


def test_copy_of_sha512_content(
    regctl: Cli, image: str, repository: Repository, tmp_path: Path
) -> None:
    layout = Layout(tmp_path / "sha512", "sha512")
    described = layout.image({"message": os.urandom(200_000)})
    layout.tag("latest", described)
    target = f"{image}@{described['digest']}"
    regctl("image", "copy", f"ocidir://{layout.path}@{described['digest']}", target)
    assert repository.tree(described["digest"]) == layout.tree(described)


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 1_000_000])
def test_blobs(regctl: Cli, image: str, repository: Repository, size: int) -> None:
    content = os.urandom(size)
    digest = digest_of(content)
    assert regctl("blob", "put", image, given=content) == digest
    assert f"Content-Length: {size}" in regctl("blob", "head", image, digest)
    regctl("blob", "copy", image, f"{image}/copy", digest)
    assert repository.below("copy").has("blobs", digest)
    regctl("blob", "delete", image, digest)
    assert not repository.has("blobs", digest)
    assert repository.below("copy").has("blobs", digest)


def test_deleting_a_tag_leaves_its_siblings(
    regctl: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    for tag in ("one", "two"):
        repository.push(layout, index, tag)
    assert regctl("tag", "ls", image).splitlines() == ["one", "two"]
    regctl("tag", "delete", f"{image}:one")
    assert regctl("tag", "ls", image).splitlines() == ["two"]
    assert repository.tree("two") == layout.tree(index)
    assert repository.name in regctl("repo", "ls", image.partition("/")[0]).splitlines()


def test_artifacts_and_indexes(
    regctl: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    repository.push(layout, index, "multi")
    regctl(
        "artifact", "put", "--artifact-type", ARTIFACT, "--subject", f"{image}:multi",
        given=b"well",
    )  # fmt: skip
    (referrer,) = repository.referrers(index["digest"])
    listed = regctl("artifact", "list", f"{image}:multi", "--filter-artifact-type", ARTIFACT)
    assert referrer in listed
    assert regctl("artifact", "get", f"{image}@{referrer}") == "well"

    regctl(
        "index", "create", f"{image}:arm", "--ref", f"{image}:multi", "--platform", "linux/arm64"
    )
    arm = json.loads(layout.tree(index)[index["digest"]])["manifests"][1]
    assert layout.tree(arm).items() <= repository.tree("arm").items()
    assert regctl("manifest", "head", f"{image}:multi") == index["digest"]
    raw = regctl("manifest", "get", f"{image}:multi", "--format", "raw-body")
    assert raw.encode() == layout.tree(index)[index["digest"]]
    regctl("manifest", "delete", f"{image}@{index['digest']}")
    assert not repository.has("manifests", "multi")
