"""Fuzzing what reads text from outside, in this process: it understands, or refuses in words."""

import json
from contextlib import suppress
from random import Random
from typing import Any

from longshore.api.messages import Message, Request
from longshore.oci import manifest, media_types, ranges
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.oci.names import RepositoryName, parse_reference
from tests.fuzz.chance import data, either, form, integers, joined, mostly, one_of, text
from tests.fuzz.edits import edits
from tests.fuzz.exploring import examples
from tests.fuzz.requests import digests, manifests, names, queries, spans, tags

TYPES = one_of(sorted(media_types.IMAGES | media_types.INDEXES | {"application/x.a"}))


def check_manifest(content: bytes, media_type: str) -> None:
    with suppress(OCIError):
        found = manifest.parse(content, media_type)
        json.loads(content)  # what is understood is JSON to any other reader
        assert found.content == content
        for digest in (*found.blobs, *found.elsewhere, *found.children):
            assert Digest.parse(digest) == digest
        told = [found.media_type, found.artifact_type or "", *found.annotations.items()]
        assert json.dumps(told, ensure_ascii=False).encode()


def test_manifests(depth: int) -> None:
    contents, types, changes = mostly(manifests, data(100)), either(TYPES, text(30)), edits(0, 3)

    @examples(2000 * depth)
    def explore(chance: Random) -> None:
        check_manifest(changes(chance)(contents(chance)), types(chance))

    explore()


def test_ranges_of_a_reader(depth: int) -> None:
    headers = mostly(form("bytes={}", joined(",", either(spans, text(5)), 6)), text(20))

    @examples(2000 * depth)
    def explore(chance: Random) -> None:
        header, size = headers(chance), chance.randint(0, 100)
        with suppress(OCIError):
            found = ranges.requested(header, size)
            assert all(0 <= one.start < one.end <= size for one in found)
            assert sum(one.length for one in found) <= size

    explore()


def test_places_of_chunks(depth: int) -> None:
    headers = either(spans, text(20), form("bytes {}/{}", spans, integers))

    @examples(1000 * depth)
    def explore(chance: Random) -> None:
        header = headers(chance)
        with suppress(OCIError):
            place = ranges.chunk(header)
            assert f"{place.start}-{place.end - 1}" == _plain(header)

    explore()


def _plain(header: str) -> str:
    """A place without unit and total, and its numbers without leading zeros."""
    first, _, last = (
        header.strip().removeprefix("bytes").lstrip(" =").partition("/")[0].partition("-")
    )
    return f"{int(first)}-{int(last)}"


def test_names_and_references(depth: int) -> None:
    texts = either(names, tags, digests, text(30))

    @examples(1000 * depth)
    def explore(chance: Random) -> None:
        found = texts(chance)
        for parse in (RepositoryName.parse, parse_reference, Digest.parse):
            with suppress(OCIError):
                assert parse(found) == found
                assert found.isascii()
                assert found.isprintable()

    explore()


def test_queries(depth: int) -> None:
    texts, changes = either(queries, form("{}={}", text(5), text(10))), edits(0, 2)

    @examples(1000 * depth)
    def explore(chance: Random) -> None:
        query = changes(chance)(texts(chance).encode()) if chance.randrange(4) else data(30)(chance)
        with suppress(OCIError):
            found = request(query).query
            assert all(found.values())
            assert json.dumps(found, ensure_ascii=False).encode()  # every text can be told again

    explore()


def request(query: bytes) -> Request:
    async def receive() -> Message:
        raise AssertionError("nobody reads the body")

    scope: dict[str, Any] = {
        "method": "GET",
        "path": "/v2/",
        "raw_path": b"/v2/",
        "query_string": query,
        "headers": [],
    }
    return Request(scope, receive)
