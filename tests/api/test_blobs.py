"""Blobs over HTTP (end-2, end-10): whole, by ranges, looked at, deleted."""

import email
import email.policy
from email.message import Message

import pytest

from longshore.oci.digest import Digest
from tests.api.pushing import Repository
from tests.api.wire import Headers, Reply
from tests.content import image

CONTENT = bytes(range(256)) * 2500  # more than is read at a time
SIZE = len(CONTENT)
UNKNOWN = Digest.of(b"never pushed")


def get(repository: Repository, headers: Headers, method: str = "GET") -> Reply:
    digest = repository.push_blob(CONTENT)
    return repository.wire.ask(method, repository.path(f"blobs/{digest}"), None, headers)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_whole_blob(algorithm: str, repository: Repository) -> None:
    digest = repository.push_blob(CONTENT, algorithm)
    headers = {"Accept-Encoding": "zstd, gzip, deflate"}
    reply = repository.wire.ask("GET", repository.path(f"blobs/{digest}"), None, headers)
    assert (reply.status, reply.content) == (200, CONTENT)
    assert reply.header("Content-Length") == str(SIZE)
    assert reply.header("Content-Type") == "application/octet-stream"
    assert reply.header("Docker-Content-Digest") == digest
    assert reply.header("ETag") == f'"{digest}"'
    assert reply.header("Accept-Ranges") == "bytes"
    assert "immutable" in reply.header("Cache-Control")
    assert reply.get("Content-Encoding") is None


def test_looking_at_anything_gives_the_headers_of_getting_it(repository: Repository) -> None:
    """HEAD equals GET header by header, also where there is nothing."""
    pushed = repository.push_image("v1")
    blob, empty = repository.push_blob(CONTENT), repository.push_blob(b"")
    for rest in (
        f"blobs/{blob}",
        f"blobs/{empty}",
        f"blobs/{UNKNOWN}",
        "manifests/v1",
        f"manifests/{pushed.digest}",
        "manifests/absent",
        "manifests/sha256:abc",
        "tags/list",
        f"referrers/{pushed.digest}",
    ):
        got, looked = repository.ask("GET", rest), repository.ask("HEAD", rest)
        assert looked.content == b""
        assert (looked.status, comparable(looked)) == (got.status, comparable(got)), rest
        assert looked.header("Content-Length") == str(len(got.content))


def comparable(reply: Reply) -> dict[str, str]:
    changing = {"date", "x-request-id"}
    return {
        name.lower(): value for name, value in reply.headers.items() if name.lower() not in changing
    }


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=500-1499", 500, 1499),
        ("bytes=500-", 500, SIZE - 1),
        ("bytes=-500", SIZE - 500, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        (f"bytes=10-{SIZE + 5000}", 10, SIZE - 1),
        (f"bytes=-{SIZE + 5000}", 0, SIZE - 1),
        ("Bytes = 3-4", 3, 4),
        (f"bytes=0-1,{SIZE}-", 0, 1),  # of two ranges one lies beyond the end
        (f"bytes=0-{'9' * 19}", 0, SIZE - 1),
    ],
)
def test_one_range(header: str, first: int, last: int, repository: Repository) -> None:
    reply = get(repository, {"Range": header})
    assert (reply.status, reply.content) == (206, CONTENT[first : last + 1])
    assert reply.header("Content-Range") == f"bytes {first}-{last}/{SIZE}"
    assert reply.header("Content-Length") == str(last - first + 1)
    assert reply.header("Content-Type") == "application/octet-stream"
    assert reply.header("Docker-Content-Digest") == Digest.of(CONTENT)


@pytest.mark.parametrize(
    "header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 9}", "bytes=-0", "bytes=500-0"]
)
def test_a_range_without_a_byte_can_not_be_satisfied(header: str, repository: Repository) -> None:
    reply = get(repository, {"Range": header})
    assert (reply.status, reply.codes) == (416, ["UNSUPPORTED"])
    assert reply.header("Content-Range") == f"bytes */{SIZE}"


def test_nothing_of_an_empty_blob_can_be_asked_for(repository: Repository) -> None:
    target = repository.path(f"blobs/{repository.push_blob(b'')}")
    for header in ("bytes=0-", "bytes=-1", "bytes=0-0"):
        reply = repository.wire.ask("GET", target, None, {"Range": header})
        assert (reply.status, reply.header("Content-Range")) == (416, "bytes */0")


@pytest.mark.parametrize(
    "header",
    [
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1",
        "bytes=0-1-2",
        "lines=0-1",
        "bytes=0-1;2-3",
        "bytes=\u0660-\u0661".encode().decode("latin-1"),
        f"bytes=0-{'9' * 40}",
        "bytes=" + ",".join(["0-0"] * 200),
        f"bytes=0-,0-,0-{SIZE}",  # would send more than the blob
    ],
)
def test_a_range_that_is_not_understood_or_greedy_is_ignored(
    header: str, repository: Repository
) -> None:
    reply = get(repository, {"Range": header})
    assert (reply.status, reply.content) == (200, CONTENT)


def test_several_ranges_come_as_parts(repository: Repository) -> None:
    wanted = [(300_000, 599_999), (0, 9), (SIZE - 5, SIZE - 1)]
    spelled = "300000-599999, 0-9 ,-5"
    reply = get(repository, {"Range": f"bytes={spelled}"})
    assert (reply.status, reply.get("Content-Range")) == (206, None)
    assert reply.header("Content-Length") == str(len(reply.content))
    found = parts(reply)
    assert [part["Content-Range"] for part in found] == [
        f"bytes {first}-{last}/{SIZE}" for first, last in wanted
    ]
    assert {part.get_content_type() for part in found} == {"application/octet-stream"}
    assert [part.get_payload(decode=True) for part in found] == [
        CONTENT[first : last + 1] for first, last in wanted
    ]


def parts(reply: Reply) -> list[Message]:
    """Read multipart/byteranges with the standard library's parser of messages."""
    heading = f"Content-Type: {reply.header('Content-Type')}\r\n\r\n".encode()
    message = email.message_from_bytes(heading + reply.content, policy=email.policy.HTTP)
    return [part for part in message.walk() if part is not message]


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (f'"{Digest.of(CONTENT)}"', 206),
        (f'W/"{Digest.of(CONTENT)}"', 200),
        (f'"{UNKNOWN}"', 200),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 200),
    ],
)
def test_a_range_may_depend_on_the_content(
    condition: str, status: int, repository: Repository
) -> None:
    reply = get(repository, {"Range": "bytes=0-9", "If-Range": condition})
    assert (reply.status, len(reply.content)) == (status, 10 if status == 206 else SIZE)


def test_a_look_ignores_ranges(repository: Repository) -> None:
    reply = get(repository, {"Range": "bytes=0-9"}, "HEAD")
    assert (reply.status, reply.header("Content-Length")) == (200, str(SIZE))


def test_a_blob_that_is_had_already_is_not_sent_in_part(repository: Repository) -> None:
    etag = f'"{Digest.of(CONTENT)}"'
    assert get(repository, {"Range": "bytes=0-9", "If-None-Match": etag}).status == 304


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_blob_is_known_only_where_it_was_pushed(method: str, repository: Repository) -> None:
    digest = repository.push_blob(CONTENT)
    other = Repository(repository.wire, f"{repository.name}/other")
    for stranger, wanted in ((repository, UNKNOWN), (other, digest)):
        reply = stranger.ask(method, f"blobs/{wanted}")
        assert (reply.status, reply.codes) == (404, ["BLOB_UNKNOWN"])


def test_a_deleted_blob_is_gone_and_can_be_pushed_again(repository: Repository) -> None:
    digest = repository.push_blob(CONTENT)
    reply = repository.ask("DELETE", f"blobs/{digest}")
    assert (reply.status, reply.content) == (202, b"")
    assert repository.ask("HEAD", f"blobs/{digest}").status == 404
    assert repository.push_blob(CONTENT) == digest
    assert repository.ask("GET", f"blobs/{digest}").content == CONTENT


def test_a_blob_that_a_manifest_needs_stays(repository: Repository) -> None:
    config = repository.push_blob(b"{}")
    user = repository.push(image(config), "v1")
    reply = repository.ask("DELETE", f"blobs/{config}")
    assert (reply.status, reply.codes) == (405, ["DENIED"])
    assert reply.json()["errors"][0]["detail"] == {"manifest": user}
    assert repository.ask("DELETE", f"manifests/{user}").status == 202
    assert repository.ask("DELETE", f"blobs/{config}").status == 202
