"""A blob of some size, and where the tests of the client have it from."""

from __future__ import annotations

from collections.abc import Generator

from longshore.client.blobs import Blob, Verified
from longshore.client.session import Session
from longshore.client.transport import Repository
from longshore.oci.digest import Digest
from longshore.oci.image import ImageReference

CONTENT = bytes(range(256)) * 8192  # 2 MiB, more than all buffers on its way
BLOB = Blob(Digest.of(CONTENT), len(CONTENT))
HALF = len(CONTENT) // 2


def repository_of(session: Session, host: str, name: str = "app") -> Repository:
    return session.repository(ImageReference.parse(f"{host}/{name}"))


def content_of(data: bytes, algorithm: str = "sha256") -> Verified:
    """Data on its way to a registry, in pieces."""

    def opener(start: int) -> Generator[bytes, None, None]:
        for place in range(start, len(data), 65536):
            yield data[place : place + 65536]

    blob = Blob(Digest.of(data, algorithm), len(data))
    return Verified(blob, opener, lambda _: None)
