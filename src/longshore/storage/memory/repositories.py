"""Repositories in memory. Implements `ports.Repositories`, where the contract is."""

from __future__ import annotations

from longshore.oci.names import RepositoryName
from longshore.storage.memory.rows import Rows


class Repositories:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, name: RepositoryName) -> bool:
        is_new = name not in self._rows.repositories
        self._rows.repositories.add(name)
        return is_new

    def has_manifests(self, name: RepositoryName) -> bool:
        return any(repository == name for repository, _ in self._rows.manifests)

    def page(self, last: str, limit: int) -> list[RepositoryName]:
        names = {repository for repository, _ in self._rows.manifests}
        return sorted(name for name in names if name > last)[:limit]

    def remove_if_empty(self, name: RepositoryName) -> None:
        held = [*self._rows.manifests, *self._rows.links]
        if not any(repository == name for repository, _ in held):
            self._rows.repositories.discard(name)
