"""What the rules need of the world besides rows: bytes under a key.

Ports, as those in `ports`. Nothing here knows a file system or a network, and no store knows a
repository.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

from longshore.oci.digest import Digest
from longshore.registry.records import StoredBlob


class UploadStore(Protocol):
    """Bytes that come in. Knows no repository; an upload's id is the caller's, new each time."""

    async def begin(self, upload: str, algorithm: str) -> None:
        """Open an empty upload; the algorithm is what its digest will probably be of."""

    async def append(self, upload: str, offset: int | None, chunks: AsyncIterator[bytes]) -> int:
        """Write the chunks at the end; answers the new size. What came before a cut is kept.

        Raises BlobUploadUnknown; UploadBusy while another writes; UploadOutOfOrder when
        `offset` is not the present size; StorageFull, and then nothing of the chunks is kept.
        """

    async def size(self, upload: str) -> int:
        """Bytes the upload has; raises BlobUploadUnknown."""

    async def commit(
        self,
        upload: str,
        digest: Digest,
        offset: int | None = None,
        chunks: AsyncIterator[bytes] | None = None,
    ) -> StoredBlob:
        """Append the last chunks, if any; verify, make durable, and give a key of its own.

        The upload is over. Raises as `append` does, and DigestInvalid, which ends the upload too.
        """

    async def cancel(self, upload: str) -> None:
        """Forget the upload; no error if there is none."""

    async def expire(self, before: int) -> tuple[int, int]:
        """Cancel uploads last written before that time, in milliseconds.

        Answers how many that were, and how many go on.
        """


class BlobStore(Protocol):
    """Bytes that are complete, each under a key that was never used before."""

    def path(self, key: str) -> Path:
        """The file that holds the bytes."""

    async def delete(self, key: str) -> None:
        """Remove the bytes; no error if they are gone."""

    def list(self) -> Iterator[tuple[str, int]]:
        """Every key with the time, in milliseconds, at which it was committed."""

    async def stored(self, key: str) -> int | None:
        """How many bytes there are; None if there is nothing under that key."""

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The bytes, in pieces of bounded size."""


class ByteStore(UploadStore, BlobStore, Protocol):
    """Both: an upload becomes a blob of the same store."""
