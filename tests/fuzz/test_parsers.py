"""Fuzzing what reads text from outside, in this process: it understands, or refuses in words."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from longshore.api.messages import Message, Request
from longshore.oci import manifest, media_types, ranges
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.oci.names import RepositoryName, parse_reference
from tests.fuzz.requests import digests, manifests, names, queries, spans, tags
from tests.fuzz.test_requests import Edit, edits, examples

TYPES = st.sampled_from(sorted(media_types.IMAGES | media_types.INDEXES | {"application/x.a"}))


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
    @examples(600 * depth)
    @given(manifests() | st.binary(), TYPES | st.text(max_size=30), st.lists(edits(), max_size=3))
    def explore(content: bytes, media_type: str, changes: list[Edit]) -> None:
        for change in changes:
            content = change(content)
        check_manifest(content, media_type)

    explore()


def test_ranges_of_a_reader(depth: int) -> None:
    @examples(600 * depth)
    @given(
        st.lists(spans | st.text(max_size=5), max_size=6).map(
            lambda all_: f"bytes={','.join(all_)}"
        )
        | st.text(max_size=20),
        st.integers(0, 100),
    )
    def explore(header: str, size: int) -> None:
        with suppress(OCIError):
            found = ranges.requested(header, size)
            assert all(0 <= one.start < one.end <= size for one in found)
            assert sum(one.length for one in found) <= size

    explore()


def test_places_of_chunks(depth: int) -> None:
    @examples(300 * depth)
    @given(spans | st.text(max_size=20) | st.builds("bytes {}/{}".format, spans, st.integers()))
    def explore(header: str) -> None:
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
    @examples(300 * depth)
    @given(names | tags | digests | st.text())
    def explore(text: str) -> None:
        for parse in (RepositoryName.parse, parse_reference, Digest.parse):
            with suppress(OCIError):
                assert parse(text) == text
                assert text.isascii()
                assert text.isprintable()

    explore()


def test_queries(depth: int) -> None:
    @examples(300 * depth)
    @given(queries.map(str.encode) | st.binary())
    def explore(query: bytes) -> None:
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
