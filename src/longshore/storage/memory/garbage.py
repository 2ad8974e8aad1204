"""The collector's queue in memory. Implements `ports.Garbage`, where the contract is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry.records import Candidate, Discarded
from longshore.storage.memory.rows import Rows, named_blobs


class Garbage:
    def __init__(self, rows: Rows, now: int) -> None:
        self._rows = rows
        self._now = now

    def due(self, limit: int) -> list[Candidate]:
        manifests = {
            Candidate("manifest", *place): row.kept_until
            for place, row in self._rows.manifests.items()
        }
        blobs = {Candidate("blob", *place): until for place, until in self._rows.links.items()}
        found: list[Candidate] = []
        for queue in (manifests, blobs):
            times = {one: until for one, until in queue.items() if until is not None}
            found += sorted(
                (one for one in times if times[one] <= self._now), key=times.__getitem__
            )
        return found[:limit]

    def unreachable(self, repository: RepositoryName, digest: Digest) -> list[Digest]:
        rows = self._rows
        if (repository, digest) not in rows.manifests:
            return []
        holders = {digest}
        rest = [digest]
        while rest:
            found = set(rows.holders(repository, rest.pop())) - holders
            holders |= found
            rest += found
        kept = (rows.manifests[repository, one].kept_until for one in holders)
        is_kept = any(until is not None and until > self._now for until in kept)
        roots = rows.tagged(repository) | rows.pinned(repository)
        return [] if is_kept or holders & roots else sorted(holders)

    def settle(self, candidate: Candidate) -> None:
        rows, place = self._rows, (candidate.repository, candidate.digest)
        if candidate.kind == "blob" and place in rows.links:
            rows.links[place] = None
        if candidate.kind == "manifest" and place in rows.manifests:
            rows.manifests[place] = rows.manifests[place]._replace(kept_until=None)

    def discarded(self, limit: int) -> list[Discarded]:
        due = [item for item in self._rows.discarded.items() if item[1].discard_at <= self._now]
        due.sort(key=lambda item: item[1].discard_at)
        return [Discarded(key, row.size) for key, row in due[:limit]]

    def forget(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._rows.discarded.pop(key, None)

    def known(self, keys: Sequence[str]) -> set[str]:
        mine = {blob.key for blob in self._rows.blobs.values()} | set(self._rows.discarded)
        return mine & set(keys)

    def users(self, repository: RepositoryName, digest: Digest) -> Iterator[Digest]:
        for name, row in self._rows.manifests_of(repository):
            if digest in named_blobs(row.manifest):
                yield name

    def holders(self, digest: Digest) -> Iterator[RepositoryName]:
        for name, linked in list(self._rows.links):
            if linked == digest:
                yield name
