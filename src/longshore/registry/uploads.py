"""Uploads: how bytes come in, and the moment they become a blob of a repository.

Decides which upload belongs to which repository and in which order things happen: bytes are
complete, verified and durable before a row points at them. The bytes themselves are the blob
store's, and no transaction is open while they stream.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import AsyncIterator
from typing import NamedTuple

from longshore.oci.digest import Digest, hasher
from longshore.oci.errors import BlobUploadUnknown, QuotaExceeded, SizeInvalid, StorageFull
from longshore.oci.names import RepositoryName
from longshore.oci.ranges import ByteRange
from longshore.registry import blobs
from longshore.registry.ports import Metadata, Transaction
from longshore.registry.records import StoredBlob
from longshore.registry.stores import ByteStore, UploadStore

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}")
_OWNER = 12  # hex digits: 48 bits, the first field of an RFC 9562 version 8 UUID


def new_id(repository: RepositoryName) -> str:
    """An unguessable id that carries its repository: no row is needed to check whose it is."""
    unlike = uuid.uuid4().hex
    return str(uuid.UUID(hex=f"{_owner(repository)}8{unlike[:3]}a{unlike[3:18]}"))


def _owner(repository: RepositoryName) -> str:
    return hashlib.sha256(repository.encode()).hexdigest()[:_OWNER]


def _check_owner(repository: RepositoryName, upload: str) -> None:
    is_id = _ID.fullmatch(upload) is not None
    if not is_id or upload.replace("-", "")[:_OWNER] != _owner(repository):
        raise BlobUploadUnknown


async def start(store: UploadStore, repository: RepositoryName, algorithm: str) -> str:
    """Open an upload for this repository; raises DigestInvalid for an unknown algorithm."""
    hasher(algorithm)
    upload = new_id(repository)
    await store.begin(upload, algorithm)
    return upload


async def append(
    store: UploadStore,
    repository: RepositoryName,
    upload: str,
    chunks: AsyncIterator[bytes],
    place: ByteRange | None,
) -> int:
    """Add a chunk, or with no place whatever comes; answers the upload's new size."""
    _check_owner(repository, upload)
    size = await store.append(upload, place.start if place else None, chunks)
    if place and size != place.end:
        raise SizeInvalid("the chunk is not as long as its Content-Range says")
    return size


async def size(store: UploadStore, repository: RepositoryName, upload: str) -> int:
    _check_owner(repository, upload)
    return await store.size(upload)


async def cancel(store: UploadStore, repository: RepositoryName, upload: str) -> None:
    """End an upload; raises BlobUploadUnknown if there is none."""
    _check_owner(repository, upload)
    await store.size(upload)
    await store.cancel(upload)


class LastChunk(NamedTuple):
    """What comes with the request that ends an upload, and where it says that belongs."""

    chunks: AsyncIterator[bytes]
    place: ByteRange | None = None


async def finish(
    store: ByteStore,
    metadata: Metadata[Transaction],
    repository: RepositoryName,
    upload: str,
    digest: Digest,
    last: LastChunk | None = None,
) -> StoredBlob:
    """Turn the upload into a blob of the repository.

    Should the row not be written, the bytes stay: whether it was is not always known, and the
    collector removes what no row points at. It is when there was no room for it: then the bytes
    go at once, which makes some. Raises QuotaExceeded.
    """
    _check_owner(repository, upload)
    if last is None:
        pushed = await store.commit(upload, digest)
    else:
        offset = last.place.start if last.place else None
        pushed = await store.commit(upload, digest, offset, last.chunks)
    try:
        stored = await metadata.write(blobs.add, repository, pushed)
    except (StorageFull, QuotaExceeded):
        await store.delete(pushed.key)
        raise
    if stored.key == pushed.key:
        return stored
    if await store.stored(stored.key) == stored.size:
        await store.delete(pushed.key)
        return stored
    # Somebody damaged the folder; what just came mends it.
    await metadata.write(blobs.move, pushed)
    return pushed
