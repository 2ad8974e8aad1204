"""Conditional requests (RFC 9110, section 13), and a push that names several tags (end-7b)."""

import pytest

from longshore.oci.digest import Digest
from tests.api.pushing import Repository
from tests.content import index

ABSENT = Digest.of(b"never pushed")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"{digest}"', 304),
        ('W/"{digest}"', 304),
        ('"other", "{digest}"', 304),
        ("*", 304),
        ('"other"', 200),
        ("{digest}", 200),
        ("", 200),
    ],
)
def test_what_a_client_has_is_not_sent_again(
    condition: str, status: int, method: str, repository: Repository
) -> None:
    pushed = repository.push_image("v1")
    blob = repository.push_blob(b"blob")
    for rest, digest in (("manifests/v1", pushed.digest), (f"blobs/{blob}", blob)):
        headers = {"If-None-Match": condition.format(digest=digest)}
        reply = repository.wire.ask(method, repository.path(rest), None, headers)
        assert reply.status == status
        assert reply.header("ETag") == f'"{digest}"'
        assert reply.header("Docker-Content-Digest") == digest
        if status == 304:
            assert reply.content == b""


def test_a_tag_can_be_created_only_once(repository: Repository) -> None:
    first, second = index(annotations={"n": "1"}), index(annotations={"n": "2"})
    assert repository.put(first, "v1", If_None_Match="*").status == 201
    reply = repository.put(second, "v1", If_None_Match="*")
    assert (reply.status, reply.codes) == (412, ["DENIED"])
    assert repository.ask("GET", "manifests/v1").header("Docker-Content-Digest") == first.digest
    assert repository.ask("GET", f"manifests/{second.digest}").status == 404


def test_a_tag_moves_only_from_where_it_is_expected(repository: Repository) -> None:
    former, new = index(annotations={"n": "1"}), index(annotations={"n": "2"})
    repository.push(former, "v1")
    for expected in (f'"{ABSENT}"', f'"{new.digest}"', '""'):
        assert repository.put(new, "v1", If_Match=expected).status == 412
    assert repository.ask("GET", "manifests/v1").header("Docker-Content-Digest") == former.digest
    for expected in (f'"{ABSENT}", "{former.digest}"', "*"):
        assert repository.put(new, "v1", If_Match=expected).status == 201
    assert repository.ask("GET", "manifests/v1").header("Docker-Content-Digest") == new.digest


@pytest.mark.parametrize("expected", ["*", f'"{ABSENT}"'])
def test_a_tag_that_is_not_there_is_not_where_it_is_expected(
    expected: str, repository: Repository
) -> None:
    assert repository.put(index(), "v1", If_Match=expected).status == 412
    assert repository.ask("GET", "manifests/v1").status == 404


TAGS = [f"v{number}" for number in range(12)]


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_one_push_can_set_many_tags(algorithm: str, repository: Repository) -> None:
    pushed = index()
    digest = Digest.of(pushed.manifest.content, algorithm)
    query = "?" + "&".join(f"tag={tag}" for tag in TAGS)
    reply = repository.put(pushed, digest, query)
    assert (reply.status, reply.header("OCI-Tag").split(", ")) == (201, TAGS)
    assert reply.header("Location") == repository.path(f"manifests/{digest}")
    for tag in TAGS:
        assert repository.ask("GET", f"manifests/{tag}").header("Docker-Content-Digest") == digest


def test_a_push_by_tag_tells_no_list_of_tags(repository: Repository) -> None:
    assert repository.put(index(), "v1").get("OCI-Tag") is None


def test_many_tags_are_set_together_or_not_at_all(repository: Repository) -> None:
    repository.push(index(annotations={"n": "1"}), "v2")
    pushed = index()
    reply = repository.put(pushed, pushed.digest, "?tag=v1&tag=v2&tag=v3", If_None_Match="*")
    assert reply.status == 412
    assert repository.ask("GET", "tags/list").json()["tags"] == ["v2"]
    assert repository.ask("GET", f"manifests/{pushed.digest}").status == 404


@pytest.mark.parametrize("query", ["?tag=", "?tag=ok&tag=.no", "?tag=a%2Fb", f"?tag={'a' * 129}"])
def test_a_bad_tag_among_many_is_refused(query: str, repository: Repository) -> None:
    pushed = index()
    reply = repository.put(pushed, pushed.digest, query)
    assert (reply.status, reply.codes) == (400, ["MANIFEST_INVALID"])
    assert repository.ask("GET", f"manifests/{pushed.digest}").status == 404


def test_tags_in_the_query_need_a_digest_in_the_path(repository: Repository) -> None:
    reply = repository.put(index(), "v1", "?tag=v2")
    assert (reply.status, reply.codes) == (400, ["MANIFEST_INVALID"])
    assert repository.ask("GET", "manifests/v1").status == 404
