"""oras: artifacts, attached artifacts, discovery, recursive copies, blobs and tags."""

import json
from pathlib import Path

import pytest

from tests.clients.content import Descriptor, Layout, digest_of, read_layout
from tests.clients.remote import Repository
from tests.clients.tools import Cli

HTTP = "--plain-http"
FROM = "--from-plain-http"
TO = "--to-plain-http"
ARTIFACT = "application/vnd.example.report.v1"


@pytest.fixture
def oras(home: dict[str, str]) -> Cli:
    return Cli("oras", home)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of files to push, in which oras then runs: it keeps their relative names."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "report.txt").write_bytes(b"all is well\n" * 1000)
    (folder / "data.bin").write_bytes(bytes(range(256)) * 4096)
    (folder / "note.txt").write_bytes(b"see report\n")
    monkeypatch.chdir(folder)
    return folder


def pushed(said: str) -> str:
    """Return the digest in the JSON that oras prints."""
    digest: str = json.loads(said)["digest"]
    return digest


def test_push_and_pull_an_artifact(
    oras: Cli, image: str, repository: Repository, files: Path, tmp_path: Path
) -> None:
    digest = pushed(
        oras(
            "push",
            HTTP,
            "--format",
            "json",
            "--artifact-type",
            ARTIFACT,
            f"{image}:report",
            "report.txt:text/plain",
            "data.bin",
        )
    )
    assert repository.digest("report") == digest
    content = repository.tree("report")
    assert (files / "data.bin").read_bytes() in content.values()
    oras("pull", HTTP, "--output", tmp_path / "pulled", f"{image}@{digest}")
    for name in ("report.txt", "data.bin"):
        assert (tmp_path / "pulled" / name).read_bytes() == (files / name).read_bytes()


def test_attach_and_discover(
    oras: Cli,
    image: str,
    repository: Repository,
    layout: Layout,
    index: Descriptor,
    files: Path,
) -> None:
    repository.push(layout, index, "multi")
    attach = ("attach", HTTP, "--format", "json", "--artifact-type")
    report = pushed(oras(*attach, ARTIFACT, f"{image}:multi", files.joinpath("report.txt").name))
    note = pushed(oras(*attach, "text/plain", f"{image}@{report}", "note.txt"))
    found = json.loads(oras("discover", HTTP, "--format", "json", f"{image}:multi"))
    (first,) = found["referrers"]
    assert (first["digest"], first["artifactType"]) == (report, ARTIFACT)
    assert [second["digest"] for second in first["referrers"]] == [note]
    # With the referrers API answering, no fallback tag is pushed.
    assert repository.tags() == ["multi"]
    assert repository.referrers(index["digest"]) == [report]
    none = oras(
        "discover", HTTP, "--format", "json", "--artifact-type", "text/none", f"{image}:multi"
    )
    assert not json.loads(none)["referrers"]


def test_recursive_copies_take_the_referrers(
    oras: Cli,
    image: str,
    repository: Repository,
    layout: Layout,
    index: Descriptor,
    tmp_path: Path,
) -> None:
    artifact = layout.artifact(b"a report", ARTIFACT, subject=index)
    note = layout.artifact(b"a note", "text/plain", subject=artifact)
    layout.tag("note", note)
    repository.push(layout, index, "multi")
    for descriptor in (artifact, note):
        repository.push(layout, descriptor)

    copy = repository.below("copy")
    oras("cp", "-r", FROM, TO, f"{image}:multi", f"{image}/copy:multi")
    assert copy.tree("multi") == layout.tree(index)
    assert copy.referrers(index["digest"]) == [artifact["digest"]]
    assert copy.tree(note["digest"]) == layout.tree(note)

    out = tmp_path / "out"
    oras("cp", "-r", FROM, "--to-oci-layout", f"{image}/copy:multi", f"{out}:multi")
    for descriptor in (index, artifact, note):
        assert read_layout(out, descriptor["digest"]) == layout.tree(descriptor)

    oras("cp", "-r", "--from-oci-layout", TO, f"{out}:multi", f"{image}/third:multi")
    assert repository.below("third").tree(artifact["digest"]) == layout.tree(artifact)


def test_blobs(oras: Cli, image: str, repository: Repository, files: Path) -> None:
    content = (files / "data.bin").read_bytes()
    digest = digest_of(content)
    oras("blob", "push", HTTP, f"{image}@{digest}", "data.bin")
    oras("blob", "fetch", HTTP, "--output", "fetched.bin", f"{image}@{digest}")
    assert (files / "fetched.bin").read_bytes() == content
    oras("blob", "delete", HTTP, "--force", f"{image}@{digest}")
    assert not repository.has("blobs", digest)


def test_tags_and_manifests(
    oras: Cli, image: str, repository: Repository, layout: Layout, index: Descriptor
) -> None:
    repository.push(layout, index, "multi")
    oras("tag", HTTP, f"{image}:multi", "one", "two")
    assert oras("repo", "tags", HTTP, image).splitlines() == ["multi", "one", "two"]
    host, _, name = image.partition("/")
    assert name in oras("repo", "ls", HTTP, host).splitlines()
    assert oras("resolve", HTTP, f"{image}:two") == index["digest"]
    fetched = oras("manifest", "fetch", HTTP, f"{image}:one")
    assert fetched.encode() == layout.tree(index)[index["digest"]]
    oras("manifest", "delete", HTTP, "--force", f"{image}@{index['digest']}")
    assert not repository.has("manifests", "one")
