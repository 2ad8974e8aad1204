"""Names of images: hosts, familiar names of Docker Hub, tags and digests."""

import pytest

from longshore.oci.digest import Digest
from longshore.oci.errors import DigestInvalid, ManifestInvalid, NameInvalid, OCIError
from longshore.oci.image import ImageReference, is_host, parse_host

DIGEST = Digest.of(b"content")


@pytest.mark.parametrize(
    ("text", "host", "repository", "tag"),
    [
        ("busybox", "docker.io", "library/busybox", None),
        ("busybox:1.36", "docker.io", "library/busybox", "1.36"),
        ("acme/app", "docker.io", "acme/app", None),
        ("docker.io/busybox", "docker.io", "library/busybox", None),
        ("index.docker.io/acme/app:2", "docker.io", "acme/app", "2"),
        ("localhost/app", "localhost", "app", None),
        ("localhost:5000/app", "localhost:5000", "app", None),
        ("localhost:5000/team/app:1.0.5", "localhost:5000", "team/app", "1.0.5"),
        ("registry.example.com/app:v1", "registry.example.com", "app", "v1"),
        ("Registry/app", "registry", "app", None),
        ("127.0.0.1:5000/app", "127.0.0.1:5000", "app", None),
        ("[::1]:5000/app:1", "[::1]:5000", "app", "1"),
        ("host:5000/a/b/c", "host:5000", "a/b/c", None),
    ],
)
def test_names(text: str, host: str, repository: str, tag: str | None) -> None:
    assert ImageReference.parse(text) == (host, repository, tag, None)
    assert ImageReference.parse(f"{text}@{DIGEST}") == (host, repository, tag, DIGEST)


def test_a_digest_says_more_than_a_tag_and_latest_is_what_neither_says() -> None:
    assert ImageReference.parse(f"app:1@{DIGEST}").reference == DIGEST
    assert ImageReference.parse("app:1").reference == "1"
    assert ImageReference.parse("app").reference == "latest"


@pytest.mark.parametrize("text", ["localhost:5000/a/b:1", f"a.b/c@{DIGEST}", f"a.b/c:d@{DIGEST}"])
def test_a_whole_name_is_written_as_it_was_read(text: str) -> None:
    assert str(ImageReference.parse(text)) == text


def test_a_familiar_name_is_written_in_full() -> None:
    assert str(ImageReference.parse("busybox:1")) == "docker.io/library/busybox:1"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", NameInvalid),
        ("localhost:5000/", NameInvalid),
        ("team/App", NameInvalid),
        ("host:port/app", NameInvalid),
        ("-host.test/app", NameInvalid),
        ("app:", ManifestInvalid),
        ("app:-1", ManifestInvalid),
        ("app@sha256:abc", DigestInvalid),
        ("app@", DigestInvalid),
        ("https://localhost:5000/app", NameInvalid),
    ],
)
def test_what_is_no_name_is_refused(text: str, refusal: type[OCIError]) -> None:
    with pytest.raises(refusal):
        ImageReference.parse(text)


def test_hosts() -> None:
    assert [each for each in ("a.b", "a:1", "localhost", "A", "app") if not is_host(each)] == [
        "app"
    ]
    assert parse_host("index.docker.io") == parse_host("docker.io") == "docker.io"
    assert parse_host("LOCALHOST:5000") == "localhost:5000"
    for text in ("", "a/b", "a b", "a:", "a:b", "a:123456", "http://a"):
        with pytest.raises(NameInvalid):
            parse_host(text)
