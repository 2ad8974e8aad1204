"""Byte ranges: what a reader asks for (RFC 9110, section 14), and where a chunk belongs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.oci.errors import BlobUploadInvalid, RangeUnsatisfiable
from longshore.oci.ranges import RANGES_LIMIT, ByteRange, chunk, requested

SIZE = 100


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=0-", [(0, 100)]),
        ("bytes=10-19", [(10, 20)]),
        ("bytes=90-1000", [(90, 100)]),
        ("bytes=99-", [(99, 100)]),
        ("bytes=-1", [(99, 100)]),
        ("bytes=-1000", [(0, 100)]),
        ("bytes=0-0,-1", [(0, 1), (99, 100)]),
        ("bytes= 0-0 , 5-6 ", [(0, 1), (5, 7)]),
        ("BYTES=0-0", [(0, 1)]),
        ("bytes =0-0", [(0, 1)]),
        ("bytes=0-0,200-300", [(0, 1)]),
        ("bytes=50-59,0-9", [(50, 60), (0, 10)]),
    ],
)
def test_ranges_that_are_answered(header: str, expected: list[tuple[int, int]]) -> None:
    assert requested(header, SIZE) == expected


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=0-0,",
        "bytes=1",
        "bytes=--1",
        "bytes=0x0-1",
        "bytes=\N{ARABIC-INDIC DIGIT ONE}-",
        "lines=0-0",
        "bytes=0-99,0-0",
        "bytes=0-0;1-1",
        f"bytes={'9' * 20}-",
    ],
)
def test_headers_that_are_ignored(header: str) -> None:
    assert requested(header, SIZE) == []


def test_too_many_ranges_are_ignored() -> None:
    specs = [f"{at}-{at}" for at in range(RANGES_LIMIT + 1)]
    assert len(requested(f"bytes={','.join(specs[:-1])}", 1000)) == RANGES_LIMIT
    assert requested(f"bytes={','.join(specs)}", 1000) == []


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=5-4"])
def test_ranges_without_a_byte_are_refused_with_the_size(header: str) -> None:
    with pytest.raises(RangeUnsatisfiable) as refused:
        requested(header, SIZE)
    assert refused.value.headers == {"Content-Range": "bytes */100"}


def test_nothing_lies_within_an_empty_blob() -> None:
    for header in ("bytes=0-", "bytes=0-0", "bytes=-1"):
        with pytest.raises(RangeUnsatisfiable):
            requested(header, 0)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 200))
def test_a_range_is_the_slice_that_it_names(first: int, last: int, size: int) -> None:
    content = bytes(index % 251 for index in range(size))
    expected = content[first : last + 1]
    if not expected:
        with pytest.raises(RangeUnsatisfiable):
            requested(f"bytes={first}-{last}", size)
        return
    [found] = requested(f"bytes={first}-{last}", size)
    assert content[found.start : found.end] == expected
    assert found.length == len(expected)
    assert found.content_range(size) == f"bytes {first}-{first + len(expected) - 1}/{size}"


@given(st.text(max_size=40), st.integers(0, 50))
def test_any_header_is_answered_within_the_blob(text: str, size: int) -> None:
    try:
        found = requested(f"bytes={text}", size)
    except RangeUnsatisfiable:
        return
    assert all(0 <= one.start < one.end <= size for one in found)
    assert sum(one.length for one in found) <= size


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("0-0", (0, 1)),
        ("0-1023", (0, 1024)),
        (" 5-9 ", (5, 10)),
        ("bytes 5-9/100", (5, 10)),
        ("bytes 5-9/*", (5, 10)),
        ("bytes=5-9", (5, 10)),
    ],
)
def test_the_place_of_a_chunk(header: str, expected: tuple[int, int]) -> None:
    assert chunk(header) == ByteRange(*expected)


@pytest.mark.parametrize(
    "header", ["", "-", "5-", "-5", "9-5", "a-b", "0-1-2", "bytes", "bytes */5", f"0-{'9' * 20}"]
)
def test_a_chunk_without_a_place_is_refused(header: str) -> None:
    with pytest.raises(BlobUploadInvalid):
        chunk(header)


@given(st.text())
def test_any_place_is_read_or_refused(text: str) -> None:
    try:
        found = chunk(text)
    except BlobUploadInvalid:
        return
    assert found.length > 0
