"""What is in every server before it is asked for it: the same bytes in each.

Decides the images and blobs that are read, and pushes them as any client would.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

KIB, MIB = 1024, 1024 * 1024
MB100 = 100_000_000
REPOSITORY = "team/application"
TAG = "1.0"
TAGS = 2_000  # of the one repository, which all servers have
MANIFEST = "application/vnd.oci.image.manifest.v1+json"

# Of the mixed load: two thirds of the blob reads are below 1 MB, as registries see it.
SMALL = (4 * KIB, 64 * KIB, 512 * KIB)
LARGE = (2 * MIB, 8 * MIB)


@dataclass(frozen=True)
class Item:
    """Something to read: where it is, and what it is."""

    path: str
    length: int
    sha256: str


@dataclass(frozen=True)
class Content:
    """What every server has: one manifest by tag and by digest, and blobs by size."""

    by_tag: Item
    by_digest: Item
    blobs: dict[int, Item]


class Pushed:
    """Makes the content once and pushes it to one server after another."""

    def __init__(self) -> None:
        source = random.Random(1)
        sizes = sorted({*SMALL, *LARGE, MB100})
        self._blobs = {size: source.randbytes(size) for size in sizes}
        self._configuration = source.randbytes(2 * KIB)
        self._manifest = _manifest([*self._blobs.values()][:5], self._configuration)

    @property
    def content(self) -> Content:
        digest = _digest(self._manifest)
        return Content(
            by_tag=self._item(f"manifests/{TAG}", self._manifest),
            by_digest=self._item(f"manifests/{digest}", self._manifest),
            blobs={
                size: self._item(f"blobs/{_digest(data)}", data)
                for size, data in self._blobs.items()
            },
        )

    def push(self, address: str) -> None:
        """Put all of it into the server there."""
        for data in (*self._blobs.values(), self._configuration):
            _push_blob(address, data)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda tag: self._tag(address, tag), [TAG, *map(numbered, range(TAGS))]))

    def _tag(self, address: str, tag: str) -> None:
        put(address, f"/v2/{REPOSITORY}/manifests/{tag}", self._manifest, MANIFEST)

    def _item(self, path: str, data: bytes) -> Item:
        return Item(f"/v2/{REPOSITORY}/{path}", len(data), hashlib.sha256(data).hexdigest())


def numbered(number: int) -> str:
    """The name of one of the many tags."""
    return f"1.0.{number:06d}"


def put(address: str, path: str, data: bytes, media_type: str) -> None:
    """PUT it; anything but 201 is an error."""
    _ask(address, "PUT", path, data, media_type, expected=201)


def _push_blob(address: str, data: bytes) -> None:
    start = f"/v2/{REPOSITORY}/blobs/uploads/"
    location = urlsplit(_ask(address, "POST", start, b"", "", expected=202))
    query = f"{location.query}&" if location.query else ""
    place = f"{location.path}?{query}digest={_digest(data)}"
    put(address, place, data, "application/octet-stream")


def _ask(
    address: str, method: str, path: str, data: bytes, media_type: str, *, expected: int
) -> str:
    """Ask once, and answer the reply's Location."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request(method, path, data, {"Content-Type": media_type} if media_type else {})
        reply = connection.getresponse()
        reply.read()
    finally:
        connection.close()
    if reply.status != expected:
        raise RuntimeError(f"{method} {path} at {address}: {reply.status}")
    return reply.getheader("Location") or ""


def _manifest(layers: list[bytes], configuration: bytes) -> bytes:
    kind = "application/vnd.oci.image"
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(f"{kind}.config.v1+json", configuration),
            "layers": [_descriptor(f"{kind}.layer.v1.tar+gzip", layer) for layer in layers],
        }
    ).encode()


def _descriptor(media_type: str, data: bytes) -> dict[str, str | int]:
    return {"mediaType": media_type, "size": len(data), "digest": _digest(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
