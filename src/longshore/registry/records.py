"""What the rules read and write: rows as values, times in milliseconds since the epoch.

Decides nothing. `kept_until` is the moment to which content is kept whether or not
anything reaches it; None means that the collector has seen what reaches it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName


class StoredBlob(NamedTuple):
    """Bytes that are complete, verified and durable in a blob store, under its `key`."""

    digest: Digest
    size: int
    key: str


class Blob(NamedTuple):
    """A blob as one repository has it."""

    digest: Digest
    size: int
    key: str
    kept_until: int | None


class StoredManifest(NamedTuple):
    """A manifest as one repository has it: the bytes and the type it was pushed with."""

    digest: Digest
    media_type: str
    content: bytes
    kept_until: int | None


class Referrer(NamedTuple):
    """A manifest that names another as its subject; the fields of its descriptor."""

    digest: Digest
    media_type: str
    size: int
    artifact_type: str | None
    annotations: dict[str, str]


class Candidate(NamedTuple):
    """Content whose `kept_until` has passed: the collector asks what reaches it."""

    kind: Literal["manifest", "blob"]
    repository: RepositoryName
    digest: Digest


class Discarded(NamedTuple):
    """Bytes in the blob store that no row points at any more."""

    key: str
    size: int


class Recorded(NamedTuple):
    """What the rows say of a manifest; all of that can be read in its bytes as well.

    `parts` and `subjects` are the manifests that it holds and that hold it, as far as the
    repository has them.
    """

    blobs: frozenset[Digest]
    mentions: frozenset[Digest]
    parts: frozenset[Digest]
    subjects: frozenset[Digest]
    description: Description


class Description(NamedTuple):
    """What a list of referrers says of a manifest."""

    subject: Digest | None
    artifact_type: str | None
    annotations: dict[str, str]
    size: int


class Loose(NamedTuple):
    """A row that points at one that is not there; `is_derived` if content says it all again."""

    relation: str
    target: int
    is_derived: bool
