"""Manifests: how one becomes visible, together with its tags, or not at all.

Decides whether a repository may hold a manifest (everything it references is there) and whether
it may go. The bytes are stored and served as they came.
"""

from __future__ import annotations

from collections.abc import Sequence

from longshore.oci.digest import Digest
from longshore.oci.errors import (
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    StillReferenced,
)
from longshore.oci.manifest import Manifest
from longshore.oci.names import Reference, RepositoryName, Tag
from longshore.registry import audit, moves, quotas, tags
from longshore.registry.blobs import is_fresh
from longshore.registry.ports import Metadata, Transaction
from longshore.registry.records import StoredManifest


def digest_of(content: bytes, reference: Reference) -> Digest:
    """The digest that the bytes are pushed under; raises DigestInvalid if it is not theirs."""
    if not isinstance(reference, Digest):
        return Digest.of(content)
    digest = Digest.of(content, reference.algorithm)
    if digest != reference:
        raise DigestInvalid(detail={"provided": reference, "actual": digest})
    return digest


def put(
    tx: Transaction,
    repository: RepositoryName,
    digest: Digest,
    manifest: Manifest,
    names: Sequence[Tag],
    terms: tags.Terms = tags.PUSHED,
) -> None:
    """Insert the manifest and point the tags at it.

    Raises ManifestBlobUnknown, TagMoved and QuotaExceeded.
    """
    present = tx.manifests.by_digest(repository, digest)
    if present is None:
        missing = tx.manifests.missing(repository, manifest)
        if missing:
            raise ManifestBlobUnknown([str(digest) for digest in missing])
        if tx.repositories.add(repository):
            quotas.check(tx, repository)
    elif present.media_type != manifest.media_type:
        raise ManifestInvalid(
            "the repository holds these bytes as another media type",
            detail={"mediaType": present.media_type},
        )
    tx.manifests.add(repository, digest, manifest, tx.now + tx.grace)
    # Named twice, the second would find what the first did.
    former = {tag: tags.point(tx, repository, tag, digest, terms) for tag in dict.fromkeys(names)}
    audit.record(tx, "push", f"{repository}@{digest}", tags=former)


def find(tx: Transaction, repository: RepositoryName, reference: Reference) -> StoredManifest:
    """Raises ManifestUnknown."""
    if isinstance(reference, Digest):
        manifest = tx.manifests.by_digest(repository, reference)
    else:
        manifest = tx.manifests.by_tag(repository, reference)
    if manifest is None:
        raise ManifestUnknown(detail={"name": repository, "reference": reference})
    return manifest


async def promise(
    metadata: Metadata[Transaction], repository: RepositoryName, reference: Reference
) -> StoredManifest:
    """Find a manifest for a client that will skip its push if it is there, as for a blob."""
    manifest, fresh = await metadata.read(_find_fresh, repository, reference)
    if not fresh and isinstance(reference, Digest):
        await metadata.write(_keep, repository, reference)
    return manifest


def _find_fresh(
    tx: Transaction, repository: RepositoryName, reference: Reference
) -> tuple[StoredManifest, bool]:
    manifest = find(tx, repository, reference)
    return manifest, is_fresh(tx, manifest.kept_until)


def _keep(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    if not tx.manifests.keep(repository, digest, tx.now + tx.grace):
        raise ManifestUnknown(detail={"name": repository, "reference": digest})


def delete(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    """Remove a manifest and its tags; raises ManifestUnknown, and StillReferenced.

    It goes out of sight at once. Within the undelete window a tag of it can be restored.
    """
    stored = find(tx, repository, digest)
    parent = tx.manifests.parent(repository, digest)
    if parent is not None:
        raise StillReferenced(
            f"index {parent} lists this manifest: delete that first", detail={"index": parent}
        )
    holder = tx.pins.holder(repository, digest)
    if holder is not None:
        raise StillReferenced(
            f"{holder} runs this image or may go back to it", detail={"holder": holder}
        )
    until = moves.kept_until(tx)
    if tx.window:
        tx.trash.put(repository, stored._replace(kept_until=until))
    tags.delete_all_of(tx, repository, digest)
    tx.manifests.remove(repository, digest, until)
    tx.repositories.remove_if_empty(repository)
    audit.record(tx, "manifest.delete", f"{repository}@{digest}")
