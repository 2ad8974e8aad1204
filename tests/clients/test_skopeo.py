"""skopeo: copies in every direction, of one platform or all, lists, inspection, deletion."""

import json
from pathlib import Path

import pytest

from tests.clients.content import Descriptor, Layout, read_layout, tagged
from tests.clients.remote import Repository
from tests.clients.tools import Cli

SOURCE = "--src-tls-verify=false"
TARGET = "--dest-tls-verify=false"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def skopeo(home: dict[str, str]) -> Cli:
    return Cli("/usr/bin/skopeo", home, ("--insecure-policy", "--override-arch", "amd64"))


def test_copy_all_platforms_there_and_back(
    skopeo: Cli,
    image: str,
    repository: Repository,
    layout: Layout,
    index: Descriptor,
    tmp_path: Path,
) -> None:
    skopeo("copy", "--all", TARGET, f"oci:{layout.path}:multi", f"docker://{image}:multi")
    assert repository.tree("multi") == layout.tree(index)
    assert repository.digest("multi") == index["digest"]

    back = tmp_path / "back"
    skopeo("copy", "--all", SOURCE, f"docker://{image}:multi", f"oci:{back}:multi")
    assert read_layout(back, tagged(back)["multi"]) == layout.tree(index)


def test_copy_one_platform(
    skopeo: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    skopeo("copy", TARGET, f"oci:{layout.path}:multi", f"docker://{image}:one")
    amd64 = json.loads(layout.tree(index)[index["digest"]])["manifests"][0]
    assert repository.tree("one") == layout.tree(amd64)


def test_copy_between_repositories(
    skopeo: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    """It tries to mount each blob, and cancels the upload that a refused mount began."""
    repository.push(layout, index, "multi")
    target = f"docker://{image}/copy:multi"
    skopeo("copy", "--all", SOURCE, TARGET, f"docker://{image}:multi", target)
    assert repository.below("copy").tree("multi") == layout.tree(index)


def test_copy_with_conversion_to_the_docker_format(
    skopeo: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    source = f"oci:{layout.path}:multi"
    skopeo("copy", "--format", "v2s2", TARGET, source, f"docker://{image}:converted")
    answer = repository.manifest("converted")
    assert answer.headers["Content-Type"] == DOCKER_MANIFEST
    config = json.loads(layout.tree(index)[index["digest"]])["manifests"][0]
    expected = json.loads(layout.tree(config)[config["digest"]])["config"]["digest"]
    assert json.loads(answer.content)["config"]["digest"] == expected


def test_lists_and_inspection(
    skopeo: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    for tag in ("multi", "1.10", "1.9"):
        repository.push(layout, index, tag)
    listed = json.loads(skopeo("list-tags", "--tls-verify=false", f"docker://{image}"))
    assert listed["Tags"] == ["1.10", "1.9", "multi"]
    inspect = ("inspect", "--tls-verify=false")
    raw = skopeo(*inspect, "--raw", f"docker://{image}:multi")
    assert raw.encode() == layout.tree(index)[index["digest"]]
    described = json.loads(skopeo(*inspect, f"docker://{image}@{index['digest']}"))
    assert described["Architecture"] == "amd64"
    assert described["RepoTags"] == listed["Tags"]


def test_delete(
    skopeo: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    repository.push(layout, index, "multi")
    skopeo("delete", "--tls-verify=false", f"docker://{image}:multi")
    assert not repository.has("manifests", "multi")
    assert not repository.has("manifests", index["digest"])
