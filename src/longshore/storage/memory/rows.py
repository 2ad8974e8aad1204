"""All rows of a registry in a few dictionaries of values that never change.

Decides what there is to know, and what follows from it by looking: what holds a manifest, and
what needs a blob. Nothing is recorded that could be derived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import NamedTuple

from longshore.delivery.environments.deployments import (
    Decision,
    Deployment,
    EnvironmentState,
    ImageState,
    Report,
)
from longshore.delivery.environments.records import Agent, JoinCode, LogReader, LogRequest
from longshore.delivery.notifications.outbox import Letter, Progress, Subscription
from longshore.delivery.ports import PolicyRow
from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.directory import Account, Entry, Quota, Secret, SigningKey
from longshore.registry.grants import Grant
from longshore.registry.history import Move
from longshore.registry.records import Candidate, StoredBlob, StoredManifest
from longshore.registry.trust import Trust

Place = tuple[RepositoryName, Digest]


class ManifestRow(NamedTuple):
    manifest: Manifest
    kept_until: int | None


class DiscardedRow(NamedTuple):
    size: int
    discard_at: int


@dataclass(slots=True)
class Rows:
    """`links` has the time until which a repository keeps a blob, `secrets` are by digest,
    `members` are pairs of group and account, `pins` have their holder, and `last_ids` are by table.
    `log_requests` come with their answers, `letters` with the subscription they are for, and
    `leases` are a holder and a time.
    """

    repositories: set[RepositoryName] = field(default_factory=set)
    blobs: dict[Digest, StoredBlob] = field(default_factory=dict)
    links: dict[Place, int | None] = field(default_factory=dict)
    manifests: dict[Place, ManifestRow] = field(default_factory=dict)
    tags: dict[tuple[RepositoryName, Tag], Digest] = field(default_factory=dict)
    moves: dict[int, Move] = field(default_factory=dict)
    trash: dict[Place, StoredManifest] = field(default_factory=dict)
    discarded: dict[str, DiscardedRow] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    members: set[tuple[str, str]] = field(default_factory=set)
    grants: dict[tuple[str, str], Grant] = field(default_factory=dict)
    keys: dict[str, SigningKey] = field(default_factory=dict)
    trusts: dict[str, Trust] = field(default_factory=dict)
    used_tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    quotas: dict[str, Quota] = field(default_factory=dict)
    policies: dict[str, PolicyRow] = field(default_factory=dict)
    audit: dict[int, Entry] = field(default_factory=dict)
    pins: set[tuple[RepositoryName, Digest, str]] = field(default_factory=set)
    environments: dict[str, EnvironmentState] = field(default_factory=dict)
    images: dict[tuple[str, RepositoryName], ImageState] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)
    reports: dict[tuple[str, str, str], Report] = field(default_factory=dict)
    agents: dict[tuple[str, str], Agent] = field(default_factory=dict)
    join_codes: dict[str, JoinCode] = field(default_factory=dict)
    log_readers: dict[str, LogReader] = field(default_factory=dict)
    log_requests: dict[int, tuple[LogRequest, bytes | None]] = field(default_factory=dict)
    subscriptions: dict[str, tuple[Subscription, Progress]] = field(default_factory=dict)
    letters: dict[int, tuple[str, Letter]] = field(default_factory=dict)
    leases: dict[str, tuple[str, int]] = field(default_factory=dict)
    last_ids: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Rows:
        """The same rows, to be changed without changing these."""
        return Rows(*[part.copy() for part in _parts(self)])

    def manifests_of(self, repository: RepositoryName) -> Iterator[tuple[Digest, ManifestRow]]:
        """In the order of their digests."""
        for (name, digest), row in sorted(self.manifests.items(), key=lambda item: item[0]):
            if name == repository:
                yield digest, row

    def stored(self, repository: RepositoryName, digest: Digest) -> StoredManifest | None:
        row = self.manifests.get((repository, digest))
        if row is None:
            return None
        return StoredManifest(digest, row.manifest.media_type, row.manifest.content, row.kept_until)

    def holders(self, repository: RepositoryName, digest: Digest) -> Iterator[Digest]:
        """What keeps a manifest: the indexes that list it, and its subject."""
        subject = self.manifests[repository, digest].manifest.subject
        for other, row in self.manifests_of(repository):
            if other == subject or digest in row.manifest.children:
                yield other

    def tagged(self, repository: RepositoryName) -> set[Digest]:
        return {digest for (name, _), digest in self.tags.items() if name == repository}

    def pinned(self, repository: RepositoryName) -> set[Digest]:
        return {digest for name, digest, _ in self.pins if name == repository}

    def keep(self, candidate: Candidate, until: int) -> bool:
        """Keep content until then at least; False if it is not there."""
        place = candidate.repository, candidate.digest
        if candidate.kind == "blob" and place in self.links:
            self.links[place] = max(self.links[place] or until, until)
        elif candidate.kind == "manifest" and place in self.manifests:
            row = self.manifests[place]
            self.manifests[place] = row._replace(kept_until=max(row.kept_until or until, until))
        else:
            return False
        return True


_parts = attrgetter(*(one.name for one in fields(Rows)))


def named_blobs(manifest: Manifest) -> frozenset[Digest]:
    """What a manifest needs, or may have, as blobs; a child may be held as one."""
    return manifest.blobs | manifest.elsewhere | manifest.children
