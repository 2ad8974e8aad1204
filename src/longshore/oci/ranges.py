"""Byte ranges, both ways: what a reader asks for, and where an upload's chunk goes.

Decides which bytes a `Range` header means (RFC 9110, section 14) and what a chunk's
`Content-Range` says (distribution-spec, "Pushing a blob in chunks"). Positions are
in bytes; a range is half open, as slices are, whatever the headers write.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from longshore.oci.errors import BlobUploadInvalid, RangeUnsatisfiable

# More ranges than a lazy-pulling client asks for at once, and few enough to answer cheaply.
RANGES_LIMIT = 128

_SPEC = re.compile(r"([0-9]{0,19})-([0-9]{0,19})")
_CHUNK = re.compile(r"(?:bytes[ =])?([0-9]{1,19})-([0-9]{1,19})(?:/(?:[0-9]{1,19}|\*))?")


class ByteRange(NamedTuple):
    start: int
    end: int  # exclusive

    @property
    def length(self) -> int:
        return self.end - self.start

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.end - 1}/{size}"


def requested(header: str, size: int) -> list[ByteRange]:
    """The ranges that a Range header asks of `size` bytes; none means: send the whole.

    A header that is malformed, of another unit, or too greedy is ignored, as RFC 9110
    section 14.2 allows. Raises RangeUnsatisfiable when no range lies within the bytes, as
    none does that ends before it begins.
    """
    unit, _, specs = header.partition("=")
    if unit.strip().lower() != "bytes":
        return []
    wanted: list[ByteRange] = []
    parts = specs.split(",", RANGES_LIMIT - 1)
    for part in parts:
        match = _SPEC.fullmatch(part.strip())
        if match is None or match[0] == "-":
            return []
        one = _resolve(match[1], match[2], size)
        if one.length > 0:
            wanted.append(one)
    if not wanted:
        raise RangeUnsatisfiable(headers={"Content-Range": f"bytes */{size}"})
    # Overlaps would let a small request ask for many times the blob (RFC 9110, section 17.15).
    return wanted if sum(one.length for one in wanted) <= size else []


def _resolve(first: str, last: str, size: int) -> ByteRange:
    if not first:
        return ByteRange(max(0, size - int(last)), size)
    end = min(int(last) + 1, size) if last else size
    return ByteRange(int(first), end)


def chunk(header: str) -> ByteRange:
    """What a chunk's Content-Range covers: `0-1023`, or with the unit and total of RFC 9110.

    Raises BlobUploadInvalid.
    """
    match = _CHUNK.fullmatch(header.strip())
    if match is None or int(match[1]) > int(match[2]):
        raise BlobUploadInvalid("Content-Range of a chunk is written <first byte>-<last byte>")
    return ByteRange(int(match[1]), int(match[2]) + 1)
