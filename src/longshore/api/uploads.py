"""Uploads over HTTP (end-4, end-5, end-6, end-11, end-13, end-14).

Decides how an upload's state is spelled in headers. Locations are relative and carry all state
in their path: clients re-write the query, and proxies the host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from longshore.api.context import Context
from longshore.api.messages import Header, Request, Response
from longshore.oci import ranges
from longshore.oci.digest import DEFAULT_ALGORITHM, Digest
from longshore.oci.errors import (
    BlobUploadUnknown,
    DigestInvalid,
    NameInvalid,
    SizeInvalid,
    UploadOutOfOrder,
)
from longshore.oci.names import RepositoryName
from longshore.oci.ranges import ByteRange
from longshore.registry import blobs, quotas, uploads

_LARGE = 1024 * 1024  # bytes of a body: smaller ones may come for nothing
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def post(context: Context, request: Request, name: str) -> Response:
    """Begin an upload, or do in one request what needs no more: mount, or push the whole."""
    repository = RepositoryName.parse(name)
    mount, digest = request.parameter("mount"), request.parameter("digest")
    if mount is not None and await _mount(context, request, repository, Digest.parse(mount)):
        return _created(repository, Digest.parse(mount))
    whole = None if digest is None else Digest.parse(digest)
    await _require_room(context, request, repository, whole)
    context.open_uploads.require()
    if whole is not None:
        return await _push_whole(context, request, repository, whole)
    algorithm = request.parameter("digest-algorithm") or DEFAULT_ALGORITHM
    upload = await uploads.start(context.store, repository, algorithm)
    # Not "0--1": older clients read this header of the first reply as a number.
    return Response(202, [*_place(repository, upload), (b"range", b"0-0")])


async def _mount(
    context: Context, request: Request, repository: RepositoryName, digest: Digest
) -> bool:
    """Whether it could be mounted; if not, the client uploads, whatever the reason."""
    source = request.parameter("from")
    try:
        origin = RepositoryName.parse(source) if source else None
    except NameInvalid:
        return False
    return await context.by(request).write(blobs.mount, request.caller, repository, digest, origin)


async def _require_room(
    context: Context, request: Request, repository: RepositoryName, digest: Digest | None
) -> None:
    """Refuse a large body that a quota has no room for before it comes; raises QuotaExceeded."""
    length = request.length or 0
    if length >= _LARGE:
        await context.metadata.read(quotas.require, repository, length, digest)


async def _push_whole(
    context: Context, request: Request, repository: RepositoryName, digest: Digest
) -> Response:
    upload = await uploads.start(context.store, repository, digest.algorithm)
    try:
        whole = uploads.LastChunk(context.space.watched(request.chunks()))
        await uploads.finish(context.store, context.metadata, repository, upload, digest, whole)
    except BaseException:
        await context.store.cancel(upload)  # nobody was told its name
        raise
    return _created(repository, digest)


async def patch(context: Context, request: Request, name: str, upload: str) -> Response:
    """A chunk at its place, or a stream that goes on where the upload ends."""
    repository, upload = RepositoryName.parse(name), _parse_id(upload)
    place = _place_of_chunk(request)
    await _require_room(context, request, repository, None)
    with _telling_progress(repository, upload):
        chunks = context.space.watched(request.chunks())
        size = await uploads.append(context.store, repository, upload, chunks, place)
    return Response(202, _progress(repository, upload, size))


async def put(context: Context, request: Request, name: str, upload: str) -> Response:
    """The last chunk, if there is one, and the digest that ends the upload."""
    repository, upload = RepositoryName.parse(name), _parse_id(upload)
    text = request.parameter("digest")
    if text is None:
        raise DigestInvalid("the request that ends an upload needs ?digest=")
    digest = Digest.parse(text)
    place = _place_of_chunk(request)
    await _require_room(context, request, repository, digest)
    has_chunk = request.has_body or place is not None
    chunks = context.space.watched(request.chunks())
    last = uploads.LastChunk(chunks, place) if has_chunk else None
    with _telling_progress(repository, upload):
        await uploads.finish(context.store, context.metadata, repository, upload, digest, last)
    return _created(repository, digest)


def _parse_id(text: str) -> str:
    """An upload's id. What can not be one is unknown, and never a file's name."""
    if _ID.fullmatch(text) is None:
        raise BlobUploadUnknown
    return text


def _place_of_chunk(request: Request) -> ByteRange | None:
    """What Content-Range says of the body; raises SizeInvalid if Content-Length says otherwise."""
    header = request.header(b"content-range")
    if header is None:
        return None
    place = ranges.chunk(header)
    if request.length not in {None, place.length}:
        raise SizeInvalid("Content-Range and Content-Length differ")
    return place


@contextmanager
def _telling_progress(repository: RepositoryName, upload: str) -> Iterator[None]:
    """A chunk out of order is refused with the place where the upload goes on."""
    try:
        yield
    except UploadOutOfOrder as refusal:
        for key, value in _progress(repository, upload, refusal.size):
            refusal.headers[key.decode()] = value.decode()
        raise


async def get(context: Context, request: Request, name: str, upload: str) -> Response:
    repository, upload = RepositoryName.parse(name), _parse_id(upload)
    size = await uploads.size(context.store, repository, upload)
    return Response(204, _progress(repository, upload, size))


async def delete(context: Context, request: Request, name: str, upload: str) -> Response:
    await uploads.cancel(context.store, RepositoryName.parse(name), _parse_id(upload))
    return Response(204)


def _place(repository: RepositoryName, upload: str) -> list[Header]:
    return [
        (b"location", f"/v2/{repository}/blobs/uploads/{upload}".encode()),
        (b"docker-upload-uuid", upload.encode()),
    ]


def _progress(repository: RepositoryName, upload: str, size: int) -> list[Header]:
    """Where the upload is, and its last byte: before the first one that is -1."""
    return [*_place(repository, upload), (b"range", f"0-{size - 1}".encode())]


def _created(repository: RepositoryName, digest: Digest) -> Response:
    location = f"/v2/{repository}/blobs/{digest}"
    return Response(
        201,
        [(b"location", location.encode()), (b"docker-content-digest", digest.encode())],
    )
