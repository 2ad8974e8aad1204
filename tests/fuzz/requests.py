"""Requests that are nearly right: each a valid one of the API, wrong in a few of its parts.

What is valid comes from a seed that the server holds; whatever hypothesis does to a part, the
others still lead the request as deep into the server as they can.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from longshore.oci import media_types
from longshore.oci.digest import Digest
from tests.api.wire import head
from tests.content import descriptor

T = TypeVar("T")

BLOB = Digest.of(b"{}")
LONG_BLOB = Digest.of(b"{}", "sha512")
UNKNOWN = Digest.of(b"never pushed")
UPLOAD = "{upload}"  # stands for an upload that was begun a moment ago

NAMES = ["fuzz/a", "fuzz/b", "blobs/uploads", "new/one"]
TAGS = ["latest", "v1", "new", f"sha256-{UNKNOWN.hex}"]
IMAGE = {"schemaVersion": 2, "config": descriptor(BLOB), "layers": [descriptor(BLOB)]}
INDEX: dict[str, Any] = {"schemaVersion": 2, "manifests": [], "subject": descriptor(UNKNOWN)}


class Request(NamedTuple):
    """A request in parts. `is_cut` leaves out the end of the body that the head promises."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    is_chunked: bool
    is_cut: bool

    def encode(self, upload: str, *, is_last: bool) -> bytes:
        target = self.path.replace(UPLOAD, upload) + (f"?{self.query}" if self.query else "")
        headers = dict(self.headers) | ({"Connection": "close"} if is_last else {})
        if self.is_chunked:
            headers.setdefault("Transfer-Encoding", "chunked")
            body = b"".join(_chunk(piece) for piece in (self.body[:3], self.body[3:]) if piece)
            body += b"" if self.is_cut else _chunk(b"")
        else:
            length = len(self.body) + 7 * self.is_cut
            headers.setdefault("Content-Length", str(length))
            body = self.body
        return head(self.method, target, headers) + body


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _one_of(*choices: str) -> st.SearchStrategy[str]:
    return st.sampled_from(choices)


def _mostly(good: st.SearchStrategy[T], odd: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """A good value, but for one time in eight."""
    return st.integers(0, 7).flatmap(lambda number: odd if number == 7 else good)


# Text that a target or a header can carry over the wire without ending it.
_VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)
_VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=30)
_ESCAPED = st.binary(max_size=6).map(lambda data: "".join(f"%{byte:02x}" for byte in data))
_LONG = st.integers(100, 5000).map(lambda length: "a" * length)
_ODD = _VISIBLE | _ESCAPED | _LONG

names = _mostly(st.sampled_from(NAMES), _ODD | _one_of("..", "a//b", "A", "a%2Fb"))
digests = _mostly(
    _one_of(BLOB, LONG_BLOB, UNKNOWN), _ODD | _one_of("sha256:", "md5:0", f"{BLOB}0", BLOB.upper())
)
tags = _mostly(st.sampled_from(TAGS), _ODD)
uploads = _mostly(st.just(UPLOAD), _ODD)
numbers = _mostly(
    st.integers(0, 60).map(str), st.integers(-(10**30), 10**30).map(str) | _VISIBLE | st.just("")
)
spans = st.builds("{}-{}".format, numbers, numbers)

_queries = {
    "digest": digests,
    "mount": digests,
    "from": names,
    "digest-algorithm": _mostly(_one_of("sha256", "sha512", "md5"), _ODD),
    "tag": tags,
    "n": numbers,
    "last": tags | names,
    "artifactType": _ODD,
}
_parameters = _mostly(
    st.sampled_from(sorted(_queries)).flatmap(
        lambda name: st.builds(f"{name}={{}}".format, _queries[name])
    ),
    _ODD,
)
queries = st.lists(_parameters, max_size=3).map("&".join)

_TYPES = sorted(media_types.IMAGES | media_types.INDEXES | media_types.SCHEMA_1)
_headers = {
    "Content-Type": st.sampled_from(_TYPES),
    "Content-Range": spans | st.builds("bytes {}/*".format, spans),
    "Range": st.lists(spans, max_size=4).map(lambda all_: f"bytes={','.join(all_)}"),
    "If-Match": st.builds('"{}"'.format, digests) | _one_of("*", ""),
    "If-None-Match": st.builds('"{}"'.format, digests) | _one_of("*", ""),
    "If-Range": st.builds('"{}"'.format, digests),
    "X-Request-Id": _VISIBLE,
    "Accept": st.sampled_from(_TYPES),
    "Expect": _one_of("100-continue", "more"),
}
headers = st.lists(
    st.sampled_from(sorted(_headers)).flatmap(
        lambda name: st.tuples(st.just(name), _mostly(_headers[name], _VALUE))
    ),
    max_size=3,
).map(dict)

# JSON can spell halves of characters, and characters that end a string elsewhere.
_TEXT = st.text(max_size=8) | st.sampled_from(["", "\0", "\ud800", "a\udfffb", "\ud83d\udea2"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | _TEXT
_JSON = st.recursive(
    _LEAVES | digests,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner),
    max_leaves=8,
)
_FIELDS = ["schemaVersion", "mediaType", "artifactType", "config", "layers", "blobs"]
_FIELDS += ["manifests", "subject", "annotations", "other"]


@st.composite
def manifests(draw: st.DrawFn) -> bytes:
    """A manifest, with some of its fields replaced or removed."""
    body = dict(draw(st.sampled_from([IMAGE, INDEX])))
    body["annotations"] = draw(st.dictionaries(_TEXT, _TEXT, max_size=3))
    for field in draw(st.lists(st.sampled_from(_FIELDS), max_size=2)):
        body[field] = draw(_JSON | st.builds(descriptor, digests))
    return json.dumps(body, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


bodies = st.just(b"{}") | st.just(b"") | manifests() | st.binary(max_size=200)


class Endpoint(NamedTuple):
    """Where a request goes, when nothing is wrong with it."""

    method: str
    path: st.SearchStrategy[str]
    query: st.SearchStrategy[str] = st.just("")


def _below(form: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(f"/v2/{{}}/{form}".format, names, *parts)


_in_a = st.builds("/v2/fuzz/a/blobs/uploads/{}".format, uploads)
_digest = st.builds("digest={}".format, digests)
ENDPOINTS = [
    *(Endpoint(method, _below("manifests/{}", tags | digests)) for method in ("GET", "DELETE")),
    *(Endpoint(method, _below("blobs/{}", digests)) for method in ("GET", "HEAD", "DELETE")),
    *(Endpoint("POST", _below("blobs/uploads/"), query) for query in (_digest, queries)),
    Endpoint(
        "POST", _below("blobs/uploads/"), st.builds("mount={}&from={}".format, digests, names)
    ),
    *(Endpoint(method, _in_a, _digest) for method in ("GET", "PATCH", "PUT", "PUT", "DELETE")),
    *(Endpoint("PUT", _below("manifests/{}", some), queries) for some in (tags, digests)),
    Endpoint("GET", _below("tags/list"), queries),
    Endpoint("GET", _below("referrers/{}", digests), queries),
    Endpoint("GET", st.sampled_from(["/v2/_catalog", "/v2/", "/", "/metrics"]), queries),
    Endpoint("GET", st.builds("/{}".format, _ODD) | st.just("*")),
]


@st.composite
def _anything(draw: st.DrawFn) -> Request:
    endpoint = draw(st.sampled_from(ENDPOINTS))
    return Request(
        method=draw(_mostly(st.just(endpoint.method), _one_of("OPTIONS", "get", "PATCH", "M!"))),
        path=draw(endpoint.path),
        query=draw(_mostly(endpoint.query, queries)),
        headers=draw(headers),
        body=draw(bodies),
        is_chunked=draw(st.booleans()),
        is_cut=draw(_mostly(st.just(value=False), st.just(value=True))),
    )


@st.composite
def _pushes(draw: st.DrawFn) -> Request:
    """A push of a manifest that is right but for its body."""
    kind = draw(st.sampled_from([media_types.OCI_IMAGE, media_types.OCI_INDEX, "application/x.a"]))
    path = f"/v2/fuzz/a/manifests/{draw(st.sampled_from(TAGS))}"
    return Request(
        "PUT", path, "", {"Content-Type": kind}, draw(manifests()), is_cut=False, is_chunked=True
    )


requests = _anything() | _anything() | _pushes()
