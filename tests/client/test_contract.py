"""What the client does with a registry, tried on every registry there is."""

import pytest

from longshore.client import blobs, manifests, referrers, tags, uploads
from longshore.client.blobs import Blob
from longshore.client.manifests import Expected, Pulled
from longshore.client.session import Session
from longshore.client.transport import Repository
from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import (
    BlobUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestUnknown,
    NameUnknown,
    TagMoved,
)
from longshore.oci.names import Tag
from tests.client.material import CONTENT, content_of, repository_of
from tests.content import Pushed, image


@pytest.fixture
def repository(session: Session, host: str, name: str) -> Repository:
    return repository_of(session, host, name)


def push_image(repository: Repository, tag: str | None = None, **fields: object) -> Pushed:
    """An image of a small configuration and a layer."""
    parts = [b"{}", b"a layer"]
    for part in parts:
        uploads.push(repository, content_of(part))
    pushed = image(*map(Digest.of, parts), **fields)  # type: ignore[arg-type]
    manifests.put(repository, pulled(pushed), Tag(tag) if tag else None)
    return pushed


def pulled(pushed: Pushed) -> Pulled:
    return Pulled(pushed.digest, pushed.manifest.media_type, pushed.manifest.content)


def read(repository: Repository, blob: Blob, start: int = 0) -> bytes:
    return b"".join(blobs.read(repository, blob, start))


@pytest.mark.parametrize("data", [b"", b"x", CONTENT], ids=["empty", "one byte", "2 MiB"])
def test_a_blob_is_pushed_found_and_read(repository: Repository, data: bytes) -> None:
    blob = Blob(Digest.of(data), len(data))
    assert not blobs.exists(repository, blob.digest)
    assert uploads.push(repository, content_of(data))
    assert blobs.exists(repository, blob.digest)
    assert read(repository, blob) == data


def test_a_blob_is_read_from_any_byte_on(repository: Repository) -> None:
    uploads.push(repository, content_of(CONTENT))
    blob = Blob(Digest.of(CONTENT), len(CONTENT))
    for start in (1, 65536, len(CONTENT) - 1, len(CONTENT)):
        assert read(repository, blob, start) == CONTENT[start:]


def test_a_blob_is_pushed_in_chunks(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "WHOLE_LIMIT", 0)
    monkeypatch.setattr(uploads, "CHUNK", 300_000)
    for data in (CONTENT, b"x"):
        assert uploads.push(repository, content_of(data))
        assert read(repository, Blob(Digest.of(data), len(data))) == data


def test_a_blob_of_sha512_is_pushed_and_read(repository: Repository) -> None:
    blob = Blob(Digest.of(CONTENT, "sha512"), len(CONTENT))
    uploads.push(repository, content_of(CONTENT, "sha512"))
    assert read(repository, blob) == CONTENT


def test_a_blob_is_mounted_from_another_repository(repository: Repository) -> None:
    uploads.push(repository, content_of(CONTENT))
    other = repository._replace(name=type(repository.name)(f"{repository.name}/other"))
    assert not uploads.push(other, content_of(CONTENT), mounted_from=repository.name)
    assert blobs.exists(other, Digest.of(CONTENT))


def test_what_can_not_be_mounted_is_pushed(repository: Repository) -> None:
    other = repository._replace(name=type(repository.name)(f"{repository.name}/other"))
    assert uploads.push(other, content_of(CONTENT), mounted_from=repository.name)


def test_an_unknown_blob_is_unknown(repository: Repository) -> None:
    push_image(repository)
    with pytest.raises(BlobUnknown):
        read(repository, Blob(Digest.of(b"never pushed"), 12))


def test_a_manifest_is_pushed_and_found_by_tag_and_digest(repository: Repository) -> None:
    pushed = push_image(repository, "1.0")
    for reference in (Tag("1.0"), pushed.digest):
        assert manifests.find(repository, reference) == pushed.digest
        assert manifests.get(repository, reference) == pulled(pushed)


def test_an_unknown_manifest_is_unknown(repository: Repository) -> None:
    push_image(repository, "1.0")
    for reference in (Tag("2.0"), Digest.of(b"never pushed")):
        assert manifests.find(repository, reference) is None
        with pytest.raises(ManifestUnknown) as refusal:
            manifests.get(repository, reference)
        assert f"{repository.name}/manifests/{reference}: 404" in refusal.value.__notes__[0]


def test_what_the_registry_raises_the_client_raises(repository: Repository) -> None:
    broken = image(Digest.of(b"never pushed"))
    with pytest.raises(ManifestBlobUnknown):
        manifests.put(repository, pulled(broken), Tag("broken"))
    with pytest.raises(DigestInvalid):
        manifests.put(repository, pulled(broken)._replace(digest=Digest.of(b"other")))


def test_longshore_sees_to_it_that_a_tag_is_where_it_is_expected(
    session: Session, longshore_host: str, name: str
) -> None:
    repository = repository_of(session, longshore_host, name)
    old, new = push_image(repository), push_image(repository, annotations={"a": "b"})
    manifests.put(repository, pulled(old), Tag("1.0"), Expected(None))
    for wrong in (Expected(None), Expected(new.digest)):
        with pytest.raises(TagMoved):
            manifests.put(repository, pulled(new), Tag("1.0"), wrong)
    manifests.put(repository, pulled(new), Tag("1.0"), Expected(old.digest))
    assert manifests.find(repository, Tag("1.0")) == new.digest


def test_tags_are_listed_page_by_page(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "PAGE", 2)
    pushed = push_image(repository, "a")
    for tag in ("b", "c", "d", "e"):
        manifests.put(repository, pulled(pushed), Tag(tag))
    # Registry 2.8 lists them all, in no order.
    assert sorted(tags.tags(repository)) == ["a", "b", "c", "d", "e"]
    assert repository.name in tags.repositories(repository.registry)


def test_tags_of_nothing_are_not_known(repository: Repository) -> None:
    with pytest.raises(NameUnknown):
        list(tags.tags(repository))


def test_what_is_attached_is_found_with_or_without_the_api(repository: Repository) -> None:
    subject = push_image(repository, "1.0")
    assert referrers.find(repository, subject.digest) == []
    for kind in ("application/x.signature", "application/x.sbom"):
        attached = push_image(repository, subject=subject.digest, artifact_type=kind)
        if not manifests.put(repository, pulled(attached)):
            for _ in range(2):  # once is enough
                referrers.attach(repository, attached.manifest, attached.digest)
    found = referrers.find(repository, subject.digest)
    assert sorted(each.artifact_type for each in found) == [
        "application/x.sbom",
        "application/x.signature",
    ]


def test_an_index_of_referrers_is_an_index(repository: Repository) -> None:
    """Where the registry lists none by itself, others have to be able to read what we list."""
    subject = push_image(repository, "1.0")
    attached = push_image(repository, subject=subject.digest, annotations={"a": "b"})
    referrers.attach(repository, attached.manifest, attached.digest)
    listing = manifests.get(repository, referrers.fallback_tag(subject.digest))
    [listed] = oci.parse(listing.content, media_types.OCI_INDEX).parts
    assert (listed.digest, listed.annotations) == (attached.digest, {"a": "b"})
    assert (listed.media_type, listed.size) == (
        attached.manifest.media_type,
        len(attached.manifest.content),
    )
