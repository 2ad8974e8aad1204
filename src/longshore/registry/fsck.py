"""Checking everything: every row against content, and every file against the rows.

Decides what is wrong, how bad that is, and what may be put right without losing anything that a
tag reaches. Each rule looks at one page in one short transaction. Bytes are read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from longshore.oci import manifest as oci
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName
from longshore.registry.blobs import READERS_GRACE
from longshore.registry.ports import Transaction
from longshore.registry.records import (
    Description,
    Discarded,
    Loose,
    StoredBlob,
    StoredManifest,
)

PAGE = 100
# Bytes without a row that are younger may be a push under way; discarded ones that have waited
# so long wait for a collector that does not run.
PATIENCE = 3600_000  # ms

REPAIR = "fsck --repair"

Kind = Literal[
    "blob-missing",
    "blob-damaged",
    "blob-unreadable",
    "blob-unheld",
    "stray-file",
    "discarded-missing",
    "manifest-damaged",
    "manifest-incomplete",
    "trash-damaged",
    "references-wrong",
    "tag-broken",
    "repository-empty",
    "row-loose",
]


class Finding(NamedTuple):
    """Something wrong: where, what, and how to mend what is left of it; "" if nothing is."""

    kind: Kind
    repository: str
    name: str
    problem: str
    mend: str

    @property
    def is_mended(self) -> bool:
        return not self.mend


class Page(NamedTuple):
    """What is wrong with some of the rows, and after which to go on; "" at the end."""

    findings: list[Finding]
    looked_at: int
    last: str


def blobs(tx: Transaction, last: str) -> list[tuple[StoredBlob, bool]]:
    """The next blobs, and whether a repository holds each."""
    page = tx.inspection.blobs(last, PAGE)
    return [(blob, _is_held(tx, blob.digest)) for blob in page]


def _is_held(tx: Transaction, digest: Digest) -> bool:
    return next(tx.garbage.holders(digest), None) is not None


def is_current(tx: Transaction, blob: StoredBlob) -> bool:
    """Whether the row still says so: a blob may have been collected since it was read."""
    return tx.blobs.find_anywhere(blob.digest) == blob


def lose(tx: Transaction, blob: StoredBlob) -> None:
    """Answer for a blob without sound bytes that it is unknown, so that a push brings it again.

    What references it stays; a client that asked and was told "it is there" would not send it.
    """
    if is_current(tx, blob):
        tx.mending.lose(blob.digest, tx.now + READERS_GRACE)


def lose_unheld(tx: Transaction, blob: StoredBlob) -> None:
    """Discard a blob that no repository holds, and so no collector would ever look at."""
    if is_current(tx, blob) and not _is_held(tx, blob.digest):
        tx.mending.lose(blob.digest, tx.now + READERS_GRACE)


def repositories(tx: Transaction, last: str) -> list[tuple[RepositoryName, bool]]:
    """The next repositories, and whether each holds anything."""
    return tx.inspection.repositories(last, PAGE)


def remove_empty(tx: Transaction, repository: RepositoryName) -> None:
    tx.repositories.remove_if_empty(repository)


def tags(tx: Transaction, repository: RepositoryName, last: str) -> Page:
    """The next tags of a repository."""
    page = tx.inspection.tags(repository, last, PAGE)
    findings = [
        Finding(
            "tag-broken",
            repository,
            tag,
            "the tag names a manifest that is not there",
            "push the tag again",
        )
        for tag, digest in page
        if digest is None
    ]
    return Page(findings, len(page), page[-1][0] if len(page) == PAGE else "")


def manifests(tx: Transaction, repository: RepositoryName, last: str) -> Page:
    """The next manifests of a repository."""
    page = tx.inspection.manifests(repository, last, PAGE)
    findings = [finding for stored in page for finding in _check(tx, repository, stored)]
    return Page(findings, len(page), page[-1].digest if len(page) == PAGE else "")


def trash(
    tx: Transaction, last: tuple[str, str]
) -> list[tuple[RepositoryName, StoredManifest, bool]]:
    """The next deleted manifests, and whether each is sound.

    That what one needs is gone is nothing wrong: blobs may be deleted, too.
    """
    page = tx.trash.page(last, PAGE)
    return [(repository, stored, _sound(stored) is not None) for repository, stored in page]


def forget_deleted(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    """Nobody can restore what is not sound."""
    tx.trash.remove(repository, digest)


def _check(
    tx: Transaction, repository: RepositoryName, stored: StoredManifest
) -> Iterator[Finding]:
    place = repository, stored.digest
    manifest = _sound(stored)
    if manifest is None:
        mend = "delete it and what lists it, then push it again"
        yield Finding("manifest-damaged", *place, "its bytes are not those of its digest", mend)
        return
    if _differs(tx, repository, stored.digest, manifest):
        problem = "the rows of what it references do not say what its bytes say"
        yield Finding("references-wrong", *place, problem, REPAIR)
    for missing in tx.manifests.missing(repository, manifest):
        what = "manifest" if missing in manifest.children else "blob"
        problem = f"the {what} {missing} that it needs is not there"
        yield Finding("manifest-incomplete", *place, problem, f"push that to {repository} again")


def _sound(stored: StoredManifest) -> Manifest | None:
    """The manifest that was pushed, or None if the bytes are not what they were."""
    if Digest.of(stored.content, stored.digest.algorithm) != stored.digest:
        return None
    try:
        return oci.parse(stored.content, stored.media_type)
    except OCIError:
        return None


def _differs(
    tx: Transaction, repository: RepositoryName, digest: Digest, manifest: Manifest
) -> bool:
    """Whether what is recorded of a manifest is other than what can be read in it.

    A blob that was lost is mentioned instead of referenced, and stays so when it has come again.
    """
    recorded = tx.inspection.recorded(repository, digest)
    named = manifest.elsewhere | manifest.children
    return not (
        recorded.blobs <= manifest.blobs
        and recorded.mentions >= named
        and recorded.blobs | recorded.mentions == manifest.blobs | named
        and recorded[2:] == _derived(tx, repository, manifest)
    )


def _derived(
    tx: Transaction, repository: RepositoryName, manifest: Manifest
) -> tuple[frozenset[Digest], frozenset[Digest], Description]:
    subjects = frozenset([manifest.subject]) if manifest.subject else frozenset()
    return (
        frozenset(d for d in manifest.children if tx.manifests.by_digest(repository, d)),
        frozenset(d for d in subjects if tx.manifests.by_digest(repository, d)),
        Description(
            manifest.subject,
            manifest.artifact_type,
            manifest.annotations,
            len(manifest.content),
        ),
    )


def record_again(tx: Transaction, repository: RepositoryName, digest: Digest) -> None:
    """Make the rows of a manifest say what its bytes say, unless it is gone or damaged."""
    stored = tx.manifests.by_digest(repository, digest)
    manifest = _sound(stored) if stored else None
    if manifest is not None:
        tx.mending.record(repository, digest, manifest)


def overdue(tx: Transaction, last: str) -> list[Discarded]:
    """Bytes that no collector has unlinked for long."""
    return tx.inspection.overdue(tx.now - PATIENCE, last, PAGE)


def forget(tx: Transaction, keys: Sequence[str]) -> None:
    """These discarded bytes are gone."""
    tx.garbage.forget(keys)


def loose(tx: Transaction, last: str) -> tuple[list[Loose], str]:
    """Rows that point at nothing, and what to ask after; "" at the end."""
    return tx.inspection.loose(last, PAGE * 10)


def cut(tx: Transaction, rows: Sequence[Loose]) -> None:
    """Remove rows that say nothing which content does not say."""
    tx.mending.cut([row for row in rows if row.is_derived])
