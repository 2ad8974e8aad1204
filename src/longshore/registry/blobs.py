"""Blobs: what a repository holds, and the promise that an answer about it makes.

Decides who holds a blob, how long it is kept before anything references it, and when it may
be deleted. A blob is seen only through a repository that holds it.
"""

from __future__ import annotations

from itertools import islice

from longshore.oci.digest import Digest
from longshore.oci.errors import BlobUnknown, StillReferenced
from longshore.oci.names import RepositoryName
from longshore.registry import audit, quotas
from longshore.registry.access import Caller
from longshore.registry.grants import Verb
from longshore.registry.ports import Metadata, Transaction
from longshore.registry.records import Blob, StoredBlob

# A reader who looked a blob's row up just before it went still gets its bytes.
READERS_GRACE = 60_000  # ms
# Repositories that are tried for a blob that a client wants to mount from wherever it is.
SOURCES = 1000


def find(tx: Transaction, repository: RepositoryName, digest: Digest) -> Blob:
    """Raises BlobUnknown."""
    blob = tx.blobs.find(repository, digest)
    if blob is None:
        raise BlobUnknown(detail={"digest": digest})
    return blob


def add(tx: Transaction, repository: RepositoryName, blob: StoredBlob) -> StoredBlob:
    """Let the repository hold the blob; raises QuotaExceeded."""
    has_grown = tx.repositories.add(repository) or not tx.blobs.find(repository, blob.digest)
    stored = tx.blobs.add(repository, blob, tx.now + tx.grace)
    if has_grown:
        quotas.check(tx, repository)
    return stored


def move(tx: Transaction, blob: StoredBlob) -> None:
    """Let the blob have these bytes, as those it had are damaged."""
    tx.blobs.move(blob)


def mount(
    tx: Transaction,
    caller: Caller,
    repository: RepositoryName,
    digest: Digest,
    source: RepositoryName | None,
) -> bool:
    """Link a blob that another repository holds, or with no source any.

    False if none does that the caller may pull from: that it is there is not told either.
    """
    sources = [source] if source else islice(tx.garbage.holders(digest), SOURCES)
    for candidate in sources:
        held = tx.blobs.find(candidate, digest) if caller.may(Verb.PULL, candidate) else None
        if held is not None:
            add(tx, repository, StoredBlob(held.digest, held.size, held.key))
            return True
    return False


async def promise(
    metadata: Metadata[Transaction], repository: RepositoryName, digest: Digest
) -> Blob:
    """Find a blob for a client that will skip its upload if it is there: keep it long enough.

    A push may take hours between this answer and its manifest. Writes only when less than
    three quarters of the grace are left, so that asking is as cheap as reading.
    """
    blob, fresh = await metadata.read(_find_fresh, repository, digest)
    if not fresh:
        await metadata.write(_keep, repository, digest)
    return blob


def is_fresh(tx: Transaction, kept_until: int | None) -> bool:
    return kept_until is not None and kept_until - tx.now >= tx.grace * 3 // 4


def _find_fresh(tx: Transaction, repository: RepositoryName, digest: Digest) -> tuple[Blob, bool]:
    blob = find(tx, repository, digest)
    return blob, is_fresh(tx, blob.kept_until)


def _keep(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    if not tx.blobs.keep(repository, digest, tx.now + tx.grace):
        raise BlobUnknown(detail={"digest": digest})


def delete(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    """Take a blob out of a repository; raises BlobUnknown, and StillReferenced."""
    find(tx, repository, digest)
    user = tx.blobs.user(repository, digest)
    if user is not None:
        raise StillReferenced(
            f"manifest {user} needs this blob: delete that first", detail={"manifest": user}
        )
    tx.blobs.remove(repository, digest, tx.now + READERS_GRACE)
    tx.repositories.remove_if_empty(repository)
    audit.record(tx, "blob.delete", f"{repository}@{digest}")
