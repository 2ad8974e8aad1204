"""Blobs over HTTP (end-2, end-10): whole, or by ranges (RFC 9110, section 14).

Decides headers and how bytes leave: a whole file by the server itself, ranges in pieces read
here. Nothing is ever encoded: the bytes are those of the digest.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from longshore.api import conditions
from longshore.api.context import Context
from longshore.api.messages import Header, Request, Response
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.oci.ranges import ByteRange, requested
from longshore.registry import blobs
from longshore.registry.records import Blob

_PIECE = 256 * 1024  # bytes read at a time


async def get(context: Context, request: Request, name: str, digest: str) -> Response:
    repository, wanted = RepositoryName.parse(name), Digest.parse(digest)
    return _render(context, request, await context.metadata.read(blobs.find, repository, wanted))


async def head(context: Context, request: Request, name: str, digest: str) -> Response:
    """As GET, and a promise to a client that will skip an upload (protocol: "HEAD-seen")."""
    repository, wanted = RepositoryName.parse(name), Digest.parse(digest)
    return _render(context, request, await blobs.promise(context.metadata, repository, wanted))


async def delete(context: Context, request: Request, name: str, digest: str) -> Response:
    await context.by(request).write(blobs.delete, RepositoryName.parse(name), Digest.parse(digest))
    return Response(202)


def _render(context: Context, request: Request, blob: Blob) -> Response:
    etag = f'"{blob.digest}"'
    headers: list[Header] = [
        (b"docker-content-digest", blob.digest.encode()),
        (b"etag", etag.encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", b"private, max-age=31536000, immutable"),
    ]
    if conditions.has_already(request, etag):
        return Response(304, headers)
    path = context.store.path(blob.key)
    ranges = _ranges(request, etag, blob.size)
    if len(ranges) > 1:
        return _several(headers, path, ranges, blob.size)
    headers.append((b"content-type", media_types.OCTETS.encode()))
    if ranges:
        return _one(headers, path, ranges[0], blob.size)
    return Response(200, headers, file=str(path), length=blob.size)


def _ranges(request: Request, etag: str, size: int) -> list[ByteRange]:
    header = request.header(b"range") if request.method == "GET" else None
    if header is None or request.header(b"if-range") not in {None, etag}:
        return []
    return requested(header, size)


def _one(headers: list[Header], path: Path, part: ByteRange, size: int) -> Response:
    headers.append((b"content-range", part.content_range(size).encode()))
    return Response(206, headers, stream=_read(path, [part], [b"", b""]), length=part.length)


def _several(headers: list[Header], path: Path, parts: list[ByteRange], size: int) -> Response:
    """multipart/byteranges (RFC 9110, section 14.6), which lazy pulling asks for."""
    boundary = secrets.token_hex(16)
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {media_types.OCTETS}\r\n"
        f"Content-Range: {part.content_range(size)}\r\n\r\n".encode()
        for part in parts
    ]
    heads.append(f"\r\n--{boundary}--\r\n".encode())
    length = sum(map(len, heads)) + sum(part.length for part in parts)
    headers.append((b"content-type", f"multipart/byteranges; boundary={boundary}".encode()))
    return Response(206, headers, stream=_read(path, parts, heads), length=length)


async def _read(path: Path, parts: list[ByteRange], heads: list[bytes]) -> AsyncIterator[bytes]:
    """Each part behind its head, and the last head behind them all."""
    with await asyncio.to_thread(path.open, "rb", 0) as file:
        for head, part in zip(heads, parts, strict=False):
            if head:
                yield head
            file.seek(part.start)
            left = part.length
            while left:
                piece = await asyncio.to_thread(file.read, min(left, _PIECE))
                if not piece:
                    raise OSError(f"{path} is shorter than its row says")
                left -= len(piece)
                yield piece
    if heads[-1]:
        yield heads[-1]
