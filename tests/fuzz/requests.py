"""Requests that are nearly right: each a valid one of the API, wrong in a few of its parts.

What is valid comes from a seed that the server holds; whatever chance does to a part, the others
still lead the request as deep into the server as they can.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

from longshore.oci import media_types
from longshore.oci.digest import Digest
from tests.api.wire import head
from tests.content import descriptor
from tests.fuzz.chance import (
    LATIN,
    VISIBLE,
    Make,
    data,
    dictionaries,
    either,
    floats,
    form,
    integers,
    joined,
    just,
    letters,
    lists,
    mostly,
    nested,
    numbers,
    one_of,
    text,
)

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


def _escaped(chance: Random) -> str:
    return "".join(f"%{byte:02x}" for byte in data(6)(chance))


def _long(chance: Random) -> str:
    return "a" * chance.randint(100, 5000)


_VISIBLE = letters(VISIBLE, 20)
_ODD = either(_VISIBLE, _escaped, _long)

names = mostly(one_of(NAMES), either(_ODD, one_of(["..", "a//b", "A", "a%2Fb"])))
digests = mostly(
    one_of([BLOB, LONG_BLOB, UNKNOWN]),
    either(_ODD, one_of(["sha256:", "md5:0", f"{BLOB}0", BLOB.upper()])),
)
tags = mostly(one_of(TAGS), _ODD)
uploads = mostly(just(UPLOAD), _ODD)
counts = mostly(
    form("{}", numbers(0, 60)),
    either(form("{}", numbers(-(10**30), 10**30)), form("{}", integers), _VISIBLE, just("")),
)
spans = form("{}-{}", counts, counts)

_queries = {
    "digest": digests,
    "mount": digests,
    "from": names,
    "digest-algorithm": mostly(one_of(["sha256", "sha512", "md5"]), _ODD),
    "tag": tags,
    "n": counts,
    "last": either(tags, names),
    "artifactType": _ODD,
}
_parameters = mostly(either(*(form(f"{name}={{}}", one) for name, one in _queries.items())), _ODD)
queries = joined("&", _parameters, 3)

_TYPES = sorted(media_types.IMAGES | media_types.INDEXES | media_types.SCHEMA_1)
_quoted = form('"{}"', digests)
_headers = {
    "Content-Type": one_of(_TYPES),
    "Content-Range": either(spans, form("bytes {}/*", spans)),
    "Range": form("bytes={}", joined(",", spans, 4)),
    "If-Match": either(_quoted, one_of(["*", ""])),
    "If-None-Match": either(_quoted, one_of(["*", ""])),
    "If-Range": _quoted,
    "X-Request-Id": _VISIBLE,
    "Accept": one_of(_TYPES),
    "Expect": one_of(["100-continue", "more"]),
}


def headers(chance: Random) -> dict[str, str]:
    found = chance.choices(sorted(_headers), k=chance.randint(0, 3))
    return {name: mostly(_headers[name], letters(LATIN, 30))(chance) for name in found}


# JSON can spell halves of characters, and characters that end a string elsewhere.
_TEXT = mostly(text(8), one_of(["", "\0", "\ud800", "a\udfffb", "\ud83d\udea2"]))
_LEAVES = either(one_of([None, True, False]), integers, floats, _TEXT, digests)
_JSON = nested(_LEAVES, _TEXT)


def _descriptor(chance: Random) -> Any:
    return descriptor(digests(chance))


_VALUES: Make[Any] = either(_JSON, _descriptor, lists(_descriptor, 0, 2))
_FIELDS = ["schemaVersion", "mediaType", "artifactType", "config", "layers", "blobs"]
_FIELDS += ["manifests", "subject", "annotations", "other"]


def manifests(chance: Random) -> bytes:
    """A manifest, with some of its fields replaced."""
    body = dict(chance.choice([IMAGE, INDEX]))
    body["annotations"] = dictionaries(_TEXT, _TEXT, 3)(chance)
    for field in chance.choices(_FIELDS, k=chance.randint(0, 2)):
        body[field] = _VALUES(chance)
    return json.dumps(body, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


bodies = either(just(b"{}"), just(b""), manifests, data(200))


class Endpoint(NamedTuple):
    """Where a request goes, when nothing is wrong with it."""

    method: str
    path: Make[str]
    query: Make[str] = just("")


def _below(rest: str, *parts: Make[str]) -> Make[str]:
    return form(f"/v2/{{}}/{rest}", names, *parts)


_in_a = form("/v2/fuzz/a/blobs/uploads/{}", uploads)
_digest = form("digest={}", digests)
ENDPOINTS = [
    *(
        Endpoint(method, _below("manifests/{}", either(tags, digests)))
        for method in ("GET", "DELETE")
    ),
    *(Endpoint(method, _below("blobs/{}", digests)) for method in ("GET", "HEAD", "DELETE")),
    *(Endpoint("POST", _below("blobs/uploads/"), query) for query in (_digest, queries)),
    Endpoint("POST", _below("blobs/uploads/"), form("mount={}&from={}", digests, names)),
    *(Endpoint(method, _in_a, _digest) for method in ("GET", "PATCH", "PUT", "PUT", "DELETE")),
    *(Endpoint("PUT", _below("manifests/{}", some), queries) for some in (tags, digests)),
    Endpoint("GET", _below("tags/list"), queries),
    Endpoint("GET", _below("referrers/{}", digests), queries),
    Endpoint("GET", one_of(["/v2/_catalog", "/v2/", "/", "/metrics"]), queries),
    Endpoint("GET", either(form("/{}", _ODD), just("*"))),
]


def _anything(chance: Random) -> Request:
    endpoint = chance.choice(ENDPOINTS)
    return Request(
        method=mostly(just(endpoint.method), one_of(["OPTIONS", "get", "PATCH", "M!"]))(chance),
        path=endpoint.path(chance),
        query=mostly(endpoint.query, queries)(chance),
        headers=headers(chance),
        body=bodies(chance),
        is_chunked=chance.random() < 0.5,
        is_cut=chance.randrange(8) == 0,
    )


def _pushes(chance: Random) -> Request:
    """A push of a manifest that is right but for its body."""
    kind = chance.choice([media_types.OCI_IMAGE, media_types.OCI_INDEX, "application/x.a"])
    path = f"/v2/fuzz/a/manifests/{chance.choice(TAGS)}"
    body = manifests(chance)
    return Request("PUT", path, "", {"Content-Type": kind}, body, is_cut=False, is_chunked=True)


requests = either(_anything, _anything, _pushes)
