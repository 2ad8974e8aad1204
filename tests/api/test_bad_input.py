"""Bad input: whatever is wrong with a request, it gets a refusal, and nothing is stored."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from longshore.oci.digest import Digest
from longshore.oci.media_types import OCI_IMAGE, OCI_INDEX
from tests.api.pushing import Repository
from tests.api.stored import stored
from tests.api.wire import Reply, Wire
from tests.content import descriptor
from tests.serving import Server

BLOB = Digest.of(b"{}")
GOOD: dict[str, Any] = {
    "schemaVersion": 2,
    "config": descriptor(BLOB),
    "layers": [descriptor(BLOB)],
}


@pytest.fixture(autouse=True)
def nothing_is_stored(repository: Repository, server: Server) -> Iterator[None]:
    """Compare every row and every file before and after a test that sends only what is bad."""
    repository.push_blob(b"{}")
    before = stored(server.root)
    yield
    assert stored(server.root) == before


def put(repository: Repository, content: bytes, media_type: str = OCI_IMAGE) -> Reply:
    target = repository.path("manifests/v1")
    return repository.wire.ask("PUT", target, content, {"Content-Type": media_type})


NOT_JSON = {
    "nothing": b"",
    "space": b" \n",
    "cut": b'{"schemaVersion": 2',
    "two": b"{}{}",
    "comment": b"{} // no",
    "comma": b'{"schemaVersion": 2,}',
    "quotes": b"{'schemaVersion': 2}",
    "NaN": b'{"schemaVersion": NaN}',
    "infinity": b'{"schemaVersion": 2, "x": [-Infinity]}',
    "control": b'{"x": "a\x00b"}',
    "BOM": b"\xef\xbb\xbf{}",
    "Latin-1": b'{"x": "\xfc"}',
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "UTF-32": json.dumps(GOOD).encode("utf-32"),
    "overlong": b'{"x": "\xc0\xaf"}',
    "bytes": bytes(range(256)) * 16,
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "closed deep list": b"[" * 100_000 + b"]" * 100_000,
    "huge number": b'{"schemaVersion": ' + b"9" * 100_000 + b"}",
}


@pytest.mark.parametrize("media_type", [OCI_IMAGE, OCI_INDEX, "application/x.custom"])
def test_what_is_not_json(media_type: str, repository: Repository) -> None:
    for name, content in NOT_JSON.items():
        reply = put(repository, content, media_type)
        assert (reply.status, reply.codes) == (400, ["MANIFEST_INVALID"]), name


NOT_OBJECTS = [b"null", b"true", b"1", b'"text"', b"[]", b"[{}]"]


def test_what_is_no_object(repository: Repository) -> None:
    for content in NOT_OBJECTS:
        reply = put(repository, content, "application/x.custom")
        assert (reply.status, reply.codes) == (400, ["MANIFEST_INVALID"]), content


TWICE = [
    b'{"schemaVersion": 2, "schemaVersion": 2}',
    b'{"mediaType": "application/a", "mediaType": "application/x.custom"}',
    b'{"x": [{"y": {"z": 1, "z": 1}}]}',
    b'{"annotations": {"a": "1", "\\u0061": "2"}}',
]


def test_a_member_that_is_there_twice(repository: Repository) -> None:
    for content in TWICE:
        reply = put(repository, content, "application/x.custom")
        assert (reply.status, reply.codes) == (400, ["MANIFEST_INVALID"]), content
        assert "twice" in reply.json()["errors"][0]["message"], content


def test_more_levels_than_any_manifest_has(repository: Repository) -> None:
    nested: Any = 1
    for _ in range(40):
        nested = {"a": [nested]}
    reply = put(repository, json.dumps({**GOOD, "x": nested}).encode())
    assert (reply.status, reply.codes) == (400, ["MANIFEST_INVALID"])


WRONG_FIELDS: list[dict[str, Any]] = [
    {"schemaVersion": None},
    {"schemaVersion": "2"},
    {"schemaVersion": 3},
    {"schemaVersion": [2]},
    {"mediaType": 5},
    {"mediaType": OCI_INDEX},
    {"mediaType": "\ud800"},
    {"config": None},
    {"config": []},
    {"config": str(BLOB)},
    {"config": {}},
    {"config": {"digest": BLOB, "size": 2}},
    {"config": {"mediaType": "a/b", "size": 2}},
    {"config": {"mediaType": "a/b", "digest": BLOB}},
    {"config": descriptor(BLOB) | {"size": -1}},
    {"config": descriptor(BLOB) | {"size": "2"}},
    {"config": descriptor(BLOB) | {"size": 1.5}},
    {"config": descriptor(BLOB) | {"size": 1e400}},
    {"config": descriptor(BLOB) | {"urls": "https://registry.test"}},
    {"config": descriptor(BLOB) | {"mediaType": "\udfff"}},
    {"config": descriptor("\ud800")},
    {"layers": None},
    {"layers": {}},
    {"layers": [None]},
    {"layers": [[descriptor(BLOB)]]},
    {"manifests": []},
    {"subject": []},
    {"subject": {}},
    {"subject": {"mediaType": "a/b", "digest": BLOB}},
    {"artifactType": 1},
    {"artifactType": "\ud800"},
    {"artifactType": "a\0b"},
    {"annotations": []},
    {"annotations": {"a": 1}},
    {"annotations": {"a": None}},
    {"annotations": {"a": {"b": "c"}}},
    {"annotations": {"\ud800": "a"}},
    {"annotations": {"a": "\udc00\ud800"}},
]


def test_a_field_that_is_wrong(repository: Repository) -> None:
    for change in WRONG_FIELDS:
        reply = put(repository, json.dumps(GOOD | change).encode())
        assert (reply.status, reply.codes) == (400, ["MANIFEST_INVALID"]), ascii(change)


BAD_DIGESTS = [
    "",
    "sha256",
    "sha256:",
    f"sha256:{'A' * 64}",
    f"sha256:{'a' * 63}",
    f"sha256:{'a' * 65}",
    f"sha256:{'a' * 64}\n",
    f"sha512:{'a' * 64}",
    f"md5:{'a' * 32}",
    f"sha256:{'../' * 21}a",
    "a" * 1_000_000,
]


@pytest.mark.parametrize("field", ["config", "layers", "subject"])
def test_a_digest_that_is_none(field: str, repository: Repository) -> None:
    for digest in BAD_DIGESTS:
        bad = descriptor(digest)
        change = {field: [bad] if field == "layers" else bad}
        reply = put(repository, json.dumps(GOOD | change).encode())
        assert (reply.status, reply.codes) == (400, ["DIGEST_INVALID"]), digest[:80]
        assert len(reply.content) < 1000, digest[:80]


def test_an_index_of_very_many_that_are_missing(repository: Repository) -> None:
    children = [descriptor(Digest.of(b"%d" % n), OCI_IMAGE) for n in range(20_000)]
    reply = put(
        repository, json.dumps({"schemaVersion": 2, "manifests": children}).encode(), OCI_INDEX
    )
    assert (reply.status, set(reply.codes)) == (400, {"MANIFEST_BLOB_UNKNOWN"})


def owner(repository: Repository) -> str:
    """The beginning of every upload's name in this repository, which anybody may know."""
    return hashlib.sha256(repository.name.encode()).hexdigest()[:12]


NO_UPLOADS = [
    "{owner}",
    "{owner}%00",
    "{owner}" + "a" * 400,
    "{owner}..",
    "{owner}%5C..%5C",
    "%00",
    "%2e%2e",
    ".",
    "-",
    "00000000-0000-8000-a000-000000000000",
    "{owner}-8000-a000-000000000000",
    "{owner}%F0%9F%9A%A2",
    "%FF{owner}",
]


@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("PATCH", b"a"), ("PUT", b"a"), ("DELETE", None)]
)
def test_an_upload_that_can_not_be(method: str, body: bytes | None, repository: Repository) -> None:
    for name in NO_UPLOADS:
        upload = name.format(owner=owner(repository))
        target = repository.path(f"blobs/uploads/{upload}?digest={BLOB}")
        reply = repository.wire.ask(method, target, body)
        assert (reply.status, reply.codes) == (404, ["BLOB_UPLOAD_UNKNOWN"]), name


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_blob_that_can_not_be(method: str, repository: Repository) -> None:
    for digest in BAD_DIGESTS[1:-1]:
        spelled = digest.replace("\n", "%0A").replace("/", "%5C")
        reply = repository.ask(method, f"blobs/{spelled}")
        assert (reply.status, reply.codes) == (400, ["DIGEST_INVALID"]), digest


NO_REQUESTS = [
    b"hello\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /v2/ HTTP/9.9\r\n\r\n",
    b"GET /v2/ x HTTP/1.1\r\n\r\n",
    b"GET /v2/\x00 HTTP/1.1\r\n\r\n",
    b"GET /v2/\xff HTTP/1.1\r\n\r\n",
    b"G\x00T /v2/ HTTP/1.1\r\n\r\n",
    b"GET /v2/ HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /v2/ HTTP/1.1\r\na b: c\r\n\r\n",
    b"GET /v2/ HTTP/1.1\r\na: b\x00c\r\n\r\n",
    b"PUT /v2/a/manifests/b HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"PUT /v2/a/manifests/b HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    b"PUT /v2/a/manifests/b HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"PUT /v2/a/manifests/b HTTP/1.1\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    b"PUT /v2/a/manifests/b HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"GET /v2/ HTTP/1.1\r\n" + b"".join(b"h%d: x\r\n" % n for n in range(500)) + b"\r\n",
    b"GET /v2/" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"GET /v2/ HTTP/1.1\r\na: " + b"b" * 1_000_000 + b"\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
]


def test_what_is_no_request(wire: Wire) -> None:
    """The program in front of the application answers these, if at all, and closes."""
    for data in NO_REQUESTS:
        with wire.connect() as connection:
            connection.write(data)
            answer = connection.read_some()
        assert not answer or 400 <= int(answer.split(b" ")[1]) < 500, data[:80]
        assert wire.ask("GET", "/v2/").status == 200, data[:80]
