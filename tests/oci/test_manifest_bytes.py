"""Which bytes are JSON as every reader of a manifest would read it, before anything they mean."""

import pytest

from longshore.oci.errors import ManifestInvalid
from longshore.oci.manifest import DEPTH_LIMIT, parse


def refuse(content: bytes) -> str:
    """What a client is told that pushes these bytes."""
    with pytest.raises(ManifestInvalid) as refused:
        parse(content, "application/x.own")
    return str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"{}{}",
        b"{'a': 1}",
        b'{"a": 01}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": "\xff"}',
        b'{"a": "\n"}',
        b'{"a": 1,}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        "{}".encode("utf-16-le"),
        "{}".encode("utf-32"),
        b"{}\x00",
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_json_is_refused(content: bytes) -> None:
    refuse(content)


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "a": 1}',
        b'{"x": [{"a": 1, "\\u0061": 2}]}',
        b'{"schemaVersion": 2, "annotations": {"a": "b", "a": "c"}}',
    ],
)
def test_a_member_that_is_there_twice_is_refused(content: bytes) -> None:
    assert "twice" in refuse(content)


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return b'{"a": ' + opening * depth + closing * depth + b"}"


def test_a_manifest_is_nested_up_to_a_limit() -> None:
    assert parse(nested(DEPTH_LIMIT - 1), "a/b").content
    assert "deep" in refuse(nested(DEPTH_LIMIT))
    assert "deep" in refuse(nested(DEPTH_LIMIT, b'{"a":[', b"]}"))
    for depth in (900, 100_000, 1_000_000):
        assert "deep" in refuse(nested(depth))
