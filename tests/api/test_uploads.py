"""Uploads over HTTP (end-4 to end-6, end-11, end-13, end-14), as each client spells them."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from longshore.oci.digest import Digest
from tests.api.pushing import Repository
from tests.api.wire import Body, Reply

CONTENT = bytes(range(256)) * 12
DIGEST = Digest.of(CONTENT)
OCTETS = {"Content-Type": "application/octet-stream"}
EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def append(repository: Repository, location: str, body: Body, place: str | None = None) -> Reply:
    headers = OCTETS | ({"Content-Range": place} if place else {})
    return repository.wire.ask("PATCH", location, body, headers)


def finish(repository: Repository, location: str, body: Body | None = None) -> Reply:
    return repository.wire.ask("PUT", f"{location}?digest={DIGEST}", body, OCTETS)


def at_once(repository: Repository) -> Reply:
    target = repository.path(f"blobs/uploads/?digest={DIGEST}")
    return repository.wire.ask("POST", target, CONTENT, OCTETS)


def at_once_without_a_slash(repository: Repository) -> Reply:
    target = repository.path(f"blobs/uploads?digest={DIGEST}")
    return repository.wire.ask("POST", target, [CONTENT], OCTETS)


def post_and_put(repository: Repository) -> Reply:
    return finish(repository, repository.begin(), CONTENT)


def post_and_put_of_unknown_length(repository: Repository) -> Reply:
    return finish(repository, repository.begin(), [CONTENT[:1000], CONTENT[1000:]])


def streamed(repository: Repository) -> Reply:
    """As docker, crane and skopeo do: one PATCH, then the Location of its reply."""
    reply = append(repository, repository.begin(), [CONTENT[:1], CONTENT[1:]])
    assert reply.status == 202
    return finish(repository, reply.header("Location"))


def streamed_in_two_with_lengths(repository: Repository) -> Reply:
    location = repository.begin()
    for part in (CONTENT[:1000], CONTENT[1000:]):
        location = append(repository, location, part).header("Location")
    return finish(repository, location)


def in_chunks(repository: Repository) -> Reply:
    location = repository.begin()
    append(repository, location, CONTENT[:1024], "0-1023")
    append(repository, location, CONTENT[1024:], f"1024-{len(CONTENT) - 1}")
    return finish(repository, location)


def in_chunks_as_http_spells_them(repository: Repository) -> Reply:
    location = repository.begin()
    append(repository, location, CONTENT[:1024], f"bytes 0-1023/{len(CONTENT)}")
    append(repository, location, CONTENT[1024:], f"bytes 1024-{len(CONTENT) - 1}/*")
    return finish(repository, location)


def with_the_last_chunk_in_the_put(repository: Repository) -> Reply:
    location = repository.begin()
    append(repository, location, CONTENT[:2000], "0-1999")
    headers = OCTETS | {"Content-Range": f"2000-{len(CONTENT) - 1}"}
    target = f"{location}?digest={DIGEST}"
    return repository.wire.ask("PUT", target, [CONTENT[2000:]], headers)


def announced_as_json(repository: Repository) -> Reply:
    """As crane does: the type of the POST says nothing of the blob."""
    kind = {"Content-Type": "application/json"}
    reply = repository.wire.ask("POST", repository.path("blobs/uploads/"), b"", kind)
    return repository.wire.ask("PUT", f"{reply.header('Location')}?digest={DIGEST}", CONTENT, kind)


def with_a_rewritten_query(repository: Repository) -> Reply:
    """As clients do that parse the Location, add to its query and encode it again."""
    location, _, query = repository.begin().partition("?")
    pairs = sorted([*filter(None, query.split("&")), f"digest={DIGEST.replace(':', '%3A')}"])
    return repository.wire.ask("PUT", f"{location}?{'&'.join(pairs)}", CONTENT, OCTETS)


@pytest.mark.parametrize(
    "push",
    [
        at_once,
        at_once_without_a_slash,
        post_and_put,
        post_and_put_of_unknown_length,
        streamed,
        streamed_in_two_with_lengths,
        in_chunks,
        in_chunks_as_http_spells_them,
        with_the_last_chunk_in_the_put,
        announced_as_json,
        with_a_rewritten_query,
    ],
)
def test_every_way_to_push_ends_alike(
    push: Callable[[Repository], Reply], repository: Repository
) -> None:
    reply = push(repository)
    assert (reply.status, reply.content) == (201, b"")
    assert reply.header("Location") == repository.path(f"blobs/{DIGEST}")
    assert reply.header("Docker-Content-Digest") == DIGEST
    assert repository.ask("GET", f"blobs/{DIGEST}").content == CONTENT


def test_an_upload_begins_with_a_place_that_is_relative(repository: Repository) -> None:
    reply = repository.ask("POST", "blobs/uploads/")
    assert (reply.status, reply.header("Content-Length")) == (202, "0")
    upload = reply.header("Docker-Upload-UUID")
    assert reply.header("Location") == repository.path(f"blobs/uploads/{upload}")
    assert reply.header("Range") == "0-0"


def test_progress_is_told_cumulatively(repository: Repository) -> None:
    location = repository.begin()
    assert progress(repository, location) == "0--1"
    assert append(repository, location, b"a" * 10, "0-9").header("Range") == "0-9"
    assert append(repository, location, [b"b"]).header("Range") == "0-10"
    assert append(repository, location, b"").header("Range") == "0-10"
    assert progress(repository, location) == "0-10"


def progress(repository: Repository, location: str) -> str:
    reply = repository.wire.ask("GET", location)
    assert (reply.status, reply.content) == (204, b"")
    assert reply.header("Location") == location
    return reply.header("Range")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(
    ("sent", "place", "reached"),
    [
        (0, "1-5", "0--1"),
        (0, "1024-1028", "0--1"),
        (10, "0-4", "0-9"),  # what is there already is not taken twice
        (10, "9-13", "0-9"),
        (10, "11-15", "0-9"),
    ],
)
def test_a_chunk_out_of_order_is_told_where_to_go_on(
    method: str, sent: int, place: str, reached: str, repository: Repository
) -> None:
    location = repository.begin()
    append(repository, location, b"a" * sent)
    target = f"{location}?digest={DIGEST}" if method == "PUT" else location
    reply = repository.wire.ask(method, target, b"later", {"Content-Range": place})
    assert (reply.status, reply.codes) == (416, ["BLOB_UPLOAD_INVALID"])
    assert reply.header("Location") == location
    assert reply.header("Range") == reached
    assert progress(repository, location) == reached


@pytest.mark.parametrize("place", ["5", "0-", "-5", "4-0", "a-b", "bytes=0-4,6-9", "0-4/5/6", ""])
def test_a_place_that_is_none_is_refused_and_the_upload_goes_on(
    place: str, repository: Repository
) -> None:
    location = repository.begin()
    reply = repository.wire.ask("PATCH", location, b"12345", {"Content-Range": place})
    assert (reply.status, reply.codes) == (400, ["BLOB_UPLOAD_INVALID"])
    assert progress(repository, location) == "0--1"
    assert finish(repository, location, CONTENT).status == 201


@pytest.mark.parametrize("body", [b"123", b"1234567", [b"123"], [b"1234567"]])
def test_a_chunk_is_as_long_as_its_place(body: Body, repository: Repository) -> None:
    reply = append(repository, repository.begin(), body, "0-4")
    assert (reply.status, reply.codes) == (400, ["SIZE_INVALID"])


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?digest=",
        "?digest=md5:d41d8cd98f00b204e9800998ecf8427e",
        "?digest=sha256:abc",
        f"?digest={DIGEST.upper()}",
        f"?digest={EMPTY}",
    ],
)
def test_a_digest_that_is_missing_or_wrong_stores_nothing(
    query: str, repository: Repository
) -> None:
    reply = repository.wire.ask("PUT", repository.begin() + query, CONTENT, OCTETS)
    assert (reply.status, reply.codes) == (400, ["DIGEST_INVALID"])
    assert repository.ask("HEAD", f"blobs/{DIGEST}").status == 404
    assert repository.ask("HEAD", f"blobs/{EMPTY}").status == 404


def test_a_wrong_digest_ends_the_upload(repository: Repository) -> None:
    location = repository.begin()
    assert repository.wire.ask("PUT", f"{location}?digest={EMPTY}", CONTENT).status == 400
    reply = repository.wire.ask("GET", location)
    assert (reply.status, reply.codes) == (404, ["BLOB_UPLOAD_UNKNOWN"])


def test_a_whole_push_with_a_wrong_digest_is_refused(repository: Repository) -> None:
    target = repository.path(f"blobs/uploads/?digest={EMPTY}")
    reply = repository.wire.ask("POST", target, CONTENT)
    assert (reply.status, reply.codes) == (400, ["DIGEST_INVALID"])
    assert repository.ask("HEAD", f"blobs/{EMPTY}").status == 404


@pytest.mark.parametrize("body", [None, b"", []])
def test_a_blob_may_have_no_bytes(body: Body | None, repository: Repository) -> None:
    location = repository.begin()
    assert append(repository, location, b"").status == 202
    assert repository.wire.ask("PUT", f"{location}?digest={EMPTY}", body).status == 201
    reply = repository.ask("GET", f"blobs/{EMPTY}")
    assert (reply.status, reply.content, reply.header("Content-Length")) == (200, b"", "0")


@pytest.mark.parametrize("query", ["", "?digest-algorithm=sha512", "?digest-algorithm=sha256"])
def test_the_digest_at_the_end_decides_the_algorithm(query: str, repository: Repository) -> None:
    digest = Digest.of(CONTENT, "sha512")
    location = repository.ask("POST", f"blobs/uploads/{query}").header("Location")
    append(repository, location, CONTENT)
    reply = repository.wire.ask("PUT", f"{location}?digest={digest}")
    assert (reply.status, reply.header("Docker-Content-Digest")) == (201, digest)
    assert repository.ask("GET", f"blobs/{digest}").content == CONTENT


def test_an_algorithm_that_is_not_served_is_refused(repository: Repository) -> None:
    reply = repository.ask("POST", "blobs/uploads/?digest-algorithm=md5")
    assert (reply.status, reply.codes) == (400, ["DIGEST_INVALID"])


def test_an_upload_that_is_cancelled_is_over(repository: Repository) -> None:
    location = repository.begin()
    append(repository, location, CONTENT)
    assert repository.wire.ask("DELETE", location).status == 204
    for method in ("GET", "DELETE", "PATCH", "PUT"):
        reply = repository.wire.ask(method, f"{location}?digest={DIGEST}")
        assert (reply.status, reply.codes) == (404, ["BLOB_UPLOAD_UNKNOWN"])
    assert repository.ask("HEAD", f"blobs/{DIGEST}").status == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_an_upload_belongs_to_one_repository(method: str, repository: Repository) -> None:
    location = repository.begin()
    other = Repository(repository.wire, f"{repository.name}/other")
    upload = location.rpartition("/")[2]
    reply = other.ask(method, f"blobs/uploads/{upload}?digest={DIGEST}")
    assert (reply.status, reply.codes) == (404, ["BLOB_UPLOAD_UNKNOWN"])
    assert finish(repository, location, CONTENT).status == 201


def test_pushes_of_one_digest_at_one_time_all_succeed(repository: Repository) -> None:
    with ThreadPoolExecutor(16) as pool:
        pushes = [pool.submit(at_once, repository) for _ in range(16)]
        pushes += [pool.submit(streamed, repository) for _ in range(16)]
    assert {push.result().status for push in pushes} == {201}
    assert repository.ask("GET", f"blobs/{DIGEST}").content == CONTENT


def test_two_uploads_have_different_names(repository: Repository) -> None:
    locations = {repository.begin() for _ in range(20)}
    assert len(locations) == 20
    assert all(re.fullmatch(r"[!-~]+", location) for location in locations)
