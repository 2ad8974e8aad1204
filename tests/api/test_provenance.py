"""Where a pushed image comes from, as its history tells it: annotations first, then labels."""

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.registry.provenance import LARGEST_CONFIG
from tests.api.conftest import sound
from tests.api.pushing import Repository
from tests.api.wire import Wire
from tests.content import Pushed, image, index
from tests.serving import Server

CONFIG = "application/vnd.oci.image.config.v1+json"
REVISION, SOURCE = (f"org.opencontainers.image.{name}" for name in ("revision", "source"))
BRANCH = "longshore.branch"
LABELS = {REVISION: "0ff1ce", SOURCE: "https://example.com/app", BRANCH: "feature/x"}
ALL = ("0ff1ce", "https://example.com/app", "feature/x")
NOTHING = ("", "", "")

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("provenance")
    with sound(folder / "data", "--workers", "1") as server:
        yield server


@pytest.fixture
def repository(server: Server) -> Repository:
    """One for each test."""
    return Repository(Wire(server.port), f"of/{next(_numbers)}")


def told(repository: Repository) -> tuple[str, str, str]:
    """What the last move of the repository says."""
    target = f"/api/v1/repositories/{repository.name}/history?limit=1"
    [move] = repository.wire.ask("GET", target).json()["moves"]
    return move["revision"], move["source"], move["branch"]


def labelled(
    repository: Repository, config: bytes, annotations: Mapping[str, str] | None = None
) -> Pushed:
    """An image with that configuration."""
    digest = repository.push_blob(config)
    body: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_IMAGE,
        "config": {"mediaType": CONFIG, "digest": digest, "size": len(config)},
        "layers": [],
        "annotations": annotations or {},
    }
    content = json.dumps(body).encode()
    return Pushed(Digest.of(content), oci.parse(content, media_types.OCI_IMAGE))


def config_of(labels: object) -> bytes:
    return json.dumps({"architecture": "amd64", "config": {"Labels": labels}}).encode()


def test_labels_of_the_configuration(repository: Repository) -> None:
    repository.push(labelled(repository, config_of(LABELS)), "v1")
    assert told(repository) == ALL


def test_annotations_go_first_one_by_one(repository: Repository) -> None:
    pushed = labelled(repository, config_of(LABELS), {BRANCH: "master", "other": "x"})
    repository.push(pushed, "v1")
    assert told(repository) == (*ALL[:2], "master")


def test_annotations_alone(repository: Repository) -> None:
    repository.push(image(repository.push_blob(b"no JSON"), annotations=LABELS), "v1")
    assert told(repository) == ALL


def test_an_index_says_it_or_its_first_image_does(repository: Repository) -> None:
    first = labelled(repository, config_of(LABELS))
    second = labelled(repository, config_of({REVISION: "another"}))
    for child in (first, second):
        repository.push(child)
    repository.push(index(first.digest, second.digest), "v1")
    assert told(repository) == ALL
    notes = {REVISION: "of all"}
    repository.push(index(second.digest, first.digest, annotations=notes), "v1")
    assert told(repository) == ("of all", "", "")


def test_a_manifest_that_is_pushed_by_its_digest_and_tagged(repository: Repository) -> None:
    pushed = labelled(repository, config_of(LABELS))
    assert repository.put(pushed, str(pushed.digest), "?tag=v1&tag=v2").status == 201
    assert told(repository) == ALL


@pytest.mark.parametrize(
    "config",
    [
        b"",
        b"no JSON",
        b"[]",
        b'{"config": null}',
        b'{"config": {"Labels": null}}',
        b'{"config": {"Labels": ["a"]}}',
        b'{"config": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"\xff\xfe",
        config_of({REVISION: 7, SOURCE: "two\nlines", BRANCH: None}),
        config_of(LABELS) + b" " * LARGEST_CONFIG,
    ],
    ids=lambda config: str(config[:20]),
)
def test_what_can_not_be_read_says_nothing(repository: Repository, config: bytes) -> None:
    repository.push(labelled(repository, config), "v1")
    assert told(repository) == NOTHING


def test_an_index_of_blobs_or_of_nothing_says_nothing(repository: Repository) -> None:
    repository.push(index(), "v1")
    assert told(repository) == NOTHING
    repository.push(index(repository.push_blob(b"held as a blob")), "v1")
    assert told(repository) == NOTHING
    large = labelled(repository, config_of(LABELS), {"large": "x" * 70_000})
    repository.push(large)
    repository.push(index(large.digest), "v1")
    assert told(repository) == NOTHING
