"""crane: push, pull, copy, lists, indexes, validation, deletion."""

from pathlib import Path

import pytest

from tests.clients.content import Descriptor, Layout, read_layout, tagged
from tests.clients.remote import Repository
from tests.clients.tools import Cli


@pytest.fixture
def crane(home: dict[str, str]) -> Cli:
    return Cli("crane", home)


def test_push_and_pull_a_layout(
    crane: Cli,
    image: str,
    repository: Repository,
    layout: Layout,
    index: Descriptor,
    tmp_path: Path,
) -> None:
    pushed = crane("push", "--index", layout.path, f"{image}:multi")
    # It pushes the layout's index.json as an index around the one that is in it.
    assert index["digest"] in repository.tree("multi")
    assert layout.tree(index).items() <= repository.tree("multi").items()
    assert pushed == f"{image}@{repository.digest('multi')}"

    crane("pull", "--format", "oci", f"{image}:multi", tmp_path / "pulled")
    (digest,) = tagged(tmp_path / "pulled").values()
    assert read_layout(tmp_path / "pulled", digest) == repository.tree("multi")


def test_pull_an_archive_and_push_it_again(
    crane: Cli,
    image: str,
    repository: Repository,
    layout: Layout,
    index: Descriptor,
    tmp_path: Path,
) -> None:
    repository.push(layout, index, "multi")
    crane("pull", "--platform", "linux/arm64", f"{image}:multi", tmp_path / "image.tar")
    crane("push", tmp_path / "image.tar", f"{image}:again")
    assert crane("validate", "--remote", f"{image}:again") == f"PASS: {image}:again"
    assert crane("export", f"{image}:again", "-") == crane(
        "export", "--platform", "linux/arm64", f"{image}:multi", "-"
    )


def test_copy_to_another_repository(
    crane: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    repository.push(layout, index, "multi")
    crane("cp", f"{image}:multi", f"{image}/copy:multi")
    assert repository.below("copy").tree("multi") == layout.tree(index)
    assert crane("digest", f"{image}/copy:multi") == index["digest"]


def test_lists_and_tags(
    crane: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    repository.push(layout, index, "multi")
    crane("tag", f"{image}:multi", "v2")
    crane("tag", f"{image}:multi", "v10")
    assert crane("ls", image).splitlines() == ["multi", "v10", "v2"]
    host, _, name = image.partition("/")
    assert name in crane("catalog", host).splitlines()
    assert crane("manifest", f"{image}:v2").encode() == layout.tree(index)[index["digest"]]


def test_append_to_an_index(
    crane: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    repository.push(layout, index, "multi")
    more = layout.image({"message": b"s390x"}, architecture="s390x")
    repository.push(layout, more, "s390x")
    crane("index", "append", f"{image}:multi", "-m", f"{image}:s390x", "-t", f"{image}:three")
    assert crane("validate", "--remote", f"{image}:three") == f"PASS: {image}:three"
    three = repository.tree("three")
    assert layout.tree(more).items() <= three.items()
    assert len(three) == len(layout.tree(index)) + len(layout.tree(more))


def test_append_a_layer_and_change_a_label(
    crane: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    repository.push(layout, index, "multi")
    crane("mutate", f"{image}:multi", "--label", "a=b", "-t", f"{image}:labelled")
    assert crane("validate", "--remote", f"{image}:labelled") == f"PASS: {image}:labelled"
    assert '"a":"b"' in crane("config", "--platform", "linux/amd64", f"{image}:labelled")
    assert repository.tree("multi") == layout.tree(index)


def test_delete(
    crane: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    repository.push(layout, index, "multi")
    crane("tag", f"{image}:multi", "kept")
    crane("delete", f"{image}:multi")
    assert repository.tags() == ["kept"]
    assert repository.tree("kept") == layout.tree(index)
    crane("delete", f"{image}@{index['digest']}")
    assert not repository.has("manifests", index["digest"])
    assert not repository.has("manifests", "kept")
