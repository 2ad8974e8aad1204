"""Layouts and archives, as other programs write them: which image a name means."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from longshore.client.copying import Event
from longshore.client.errors import NotALayout
from longshore.client.places import LayoutPath, parse, parse_path
from longshore.client.session import Session
from longshore.oci.digest import Digest
from longshore.oci.errors import DigestInvalid, ManifestInvalid, ManifestUnknown, SizeInvalid
from longshore.oci.image import ImageReference
from longshore.oci.names import Tag
from tests.client.everything import copy
from tests.client.faulty import Faulty
from tests.clients.content import Layout, tar


@pytest.fixture
def two(layout: Layout) -> Layout:
    for word in ("one", "two"):
        layout.tag(word, layout.image({"message": word.encode()}))
    return layout


def resolve(session: Session, place: str) -> Digest:
    found = parse(place)
    return session.source(found).resolve(found.reference).digest


def test_an_image_is_chosen_by_its_tag(two: Layout, session: Session) -> None:
    digests = {resolve(session, f"{two.path}:{word}") for word in ("one", "two")}
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("", "names several images; there are: one, two"),
        (":3", "has no such image; there are: one"),
    ],
)
def test_what_can_not_be_chosen_is_told_with_what_there_is(
    place: str, told: str, two: Layout, session: Session
) -> None:
    with pytest.raises(ManifestUnknown, match=told):
        resolve(session, f"{two.path}{place}")


def test_the_only_image_needs_no_name(layout: Layout, session: Session) -> None:
    image = layout.image({"message": b"hello"})
    layout.tag("1.0", image)
    signature = layout.artifact(b"signed", "application/x.signature")
    layout.tag(f"sha256-{image['digest'][7:]}.sig", signature)
    assert resolve(session, str(layout.path)) == image["digest"]


@pytest.mark.parametrize(
    "annotations",
    [
        {"org.opencontainers.image.ref.name": "localhost:5000/app:1.0"},
        {"io.containerd.image.name": "docker.io/library/app:1.0"},
    ],
)
def test_a_whole_name_is_a_name_too(
    annotations: dict[str, str], two: Layout, session: Session
) -> None:
    index = json.loads((two.path / "index.json").read_bytes())
    index["manifests"][0]["annotations"] = annotations
    (two.path / "index.json").write_text(json.dumps(index))
    assert resolve(session, f"{two.path}:1.0") == index["manifests"][0]["digest"]


def test_bytes_that_are_not_those_of_their_digest_are_refused(
    layout: Layout, session: Session, faulty: Faulty
) -> None:
    image = layout.image({"message": b"hello"})
    layout.tag("1.0", image)
    manifest = layout.path.joinpath("blobs", *image["digest"].split(":"))
    layer = json.loads(manifest.read_bytes())["layers"][0]["digest"]
    path = layout.path.joinpath("blobs", *layer.split(":"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DigestInvalid):
        copy(session, str(layout.path), f"{faulty.host}/app:1.0")
    assert ("app", "1.0") not in faulty.manifests
    manifest.write_bytes(b"{}")
    with pytest.raises(DigestInvalid):
        resolve(session, str(layout.path))


def test_what_is_no_layout_is_told_as_such(tmp_path: Path, session: Session) -> None:
    with pytest.raises(NotALayout, match=r"no image layout: it has no index\.json"):
        resolve(session, str(tmp_path))
    (tmp_path / "file").write_bytes(b"nonsense")
    with pytest.raises(NotALayout, match="file"):
        resolve(session, f"{tmp_path}/file")
    with pytest.raises(FileNotFoundError):
        resolve(session, f"{tmp_path}/nowhere")
    (tmp_path / "packed.tar.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(NotALayout, match=r"unpack it first: gunzip .*packed\.tar\.gz"):
        resolve(session, f"{tmp_path}/packed.tar.gz")


def test_several_copies_add_up(two: Layout, session: Session, tmp_path: Path) -> None:
    target = f"{tmp_path}/target"
    for source, tag in [("one", "a"), ("two", "b"), ("one", "b")]:
        copy(session, f"{two.path}:{source}", f"{target}:{tag}")
    assert resolve(session, f"{target}:a") == resolve(session, f"{two.path}:one")
    assert resolve(session, f"{target}:b") == resolve(session, f"{two.path}:one")


def test_an_archive_that_failed_leaves_nothing_behind(
    two: Layout, session: Session, faulty: Faulty, tmp_path: Path
) -> None:
    copy(session, f"{two.path}:one", f"{faulty.host}/app:1.0")
    faulty.blobs[max(faulty.blobs, key=lambda digest: len(faulty.blobs[digest]))] = b""
    (tmp_path / "saved").mkdir()
    with pytest.raises(SizeInvalid):
        copy(session, f"{faulty.host}/app:1.0", f"{tmp_path}/saved/image.tar")
    assert list((tmp_path / "saved").iterdir()) == []


def test_an_archive_whose_copy_was_killed_goes_on(
    layout: Layout, session: Session, tmp_path: Path
) -> None:
    """What the dead left: one blob, and half of another under a name of its own."""
    image = layout.image({"message": os.urandom(2000)})
    layout.tag("one", image)
    [layer] = [path for path in layout.path.glob("blobs/*/*") if path.stat().st_size > 2000]
    partial = tmp_path / "saved" / "image.tar.partial" / "blobs" / "sha256"
    partial.mkdir(parents=True)
    shutil.copy(layer, partial)
    (partial / ".half").write_bytes(b"half")
    events: list[Event] = []
    copy(session, str(layout.path), f"{tmp_path}/saved/image.tar:one", events)
    assert [event.digest.hex for event in events if event.action == "present"] == [layer.name]
    assert [path.name for path in (tmp_path / "saved").iterdir()] == ["image.tar"]
    with tarfile.open(tmp_path / "saved" / "image.tar") as archive:
        assert not [name for name in archive.getnames() if "half" in name]
    assert resolve(session, f"{tmp_path}/saved/image.tar:one") == image["digest"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/a/b", LayoutPath(Path("/a/b"))),
        ("./b.tar:1.0", LayoutPath(Path("b.tar"), Tag("1.0"))),
        ("../b:x", LayoutPath(Path("../b"), Tag("x"))),
        ("oci:b/c", LayoutPath(Path("b/c"))),
        ("oci:/a:5000/c", LayoutPath(Path("/a:5000/c"))),
        (".", LayoutPath(Path())),
        ("b", ImageReference.parse("docker.io/library/b")),
        ("b/c:1", ImageReference.parse("docker.io/b/c:1")),
    ],
)
def test_places(text: str, place: object) -> None:
    assert parse(text) == place


def test_a_file_with_a_colon_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a:b").mkdir()
    assert parse_path(f"{tmp_path}/a:b") == LayoutPath(tmp_path / "a:b")
    with pytest.raises(ManifestInvalid):
        parse_path(f"{tmp_path}/a:-b")


# Archives of `docker save` from before Docker 25.


def docker_archive(path: Path, *, config: dict[str, Any] | None = None) -> Path:
    """An image of two layers, the second of which is a link to the first, as docker makes them."""
    layer = tar({"message": b"hello"})
    described = config or {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [Digest.of(layer)] * 2},
    }
    content = json.dumps(described).encode()
    name = f"{Digest.of(content).hex}.json"
    layers = ["1/layer.tar", "2/layer.tar"]
    listing = [{"Config": name, "RepoTags": ["app:1.0", "app:latest"], "Layers": layers}]
    files = {"1/layer.tar": layer, name: content, "manifest.json": json.dumps(listing).encode()}
    with tarfile.open(path, "w") as archive:
        for each, data in files.items():
            entry = tarfile.TarInfo(each)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("2/layer.tar")
        link.type, link.linkname = tarfile.SYMTYPE, "../1/layer.tar"
        archive.addfile(link)
    return path


def test_an_archive_of_docker_save_becomes_an_image(
    session: Session, faulty: Faulty, tmp_path: Path
) -> None:
    archive = docker_archive(tmp_path / "app.tar")
    first = copy(session, str(archive), f"{faulty.host}/app:1.0")
    again = copy(session, f"{archive}:latest", f"{faulty.host}/app:2.0")
    assert first.digest == again.digest
    assert (first.blobs, again.blobs) == (2, 0)
    _, content = faulty.manifests["app", "1.0"]
    manifest = json.loads(content)
    packed = [faulty.blobs[layer["digest"]] for layer in manifest["layers"]]
    assert [gzip.decompress(each) for each in packed] == [tar({"message": b"hello"})] * 2
    assert json.loads(faulty.blobs[manifest["config"]["digest"]])["architecture"] == "amd64"


def test_a_layer_that_is_not_the_configurations_is_refused(
    session: Session, faulty: Faulty, tmp_path: Path
) -> None:
    config = {"rootfs": {"diff_ids": [Digest.of(b"a"), Digest.of(b"b")]}}
    archive = docker_archive(tmp_path / "app.tar", config=config)
    with pytest.raises(DigestInvalid, match="is not the layer"):
        copy(session, str(archive), f"{faulty.host}/app:1.0")
    archive = docker_archive(tmp_path / "app.tar", config={"rootfs": {"diff_ids": []}})
    with pytest.raises(NotALayout, match="has other layers"):
        copy(session, str(archive), f"{faulty.host}/app:1.0")


def test_an_image_of_several_is_chosen_by_its_tag(session: Session, tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "app.tar")
    with pytest.raises(ManifestUnknown, match=r"app:1\.0, app:latest"):
        resolve(session, f"{archive}:3.0")
