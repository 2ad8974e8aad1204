"""Pins in memory. Implements `ports.Pins`, where the contract is."""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.storage.memory.rows import Rows


class Pins:
    def __init__(self, rows: Rows) -> None:
        self._pins = rows.pins

    def add(self, holder: str, repository: RepositoryName, digest: Digest) -> None:
        self._pins.add((repository, digest, holder))

    def remove(self, holder: str, repository: RepositoryName, digest: Digest) -> None:
        self._pins.discard((repository, digest, holder))

    def of(self, holder: str, repository: RepositoryName) -> set[Digest]:
        return {digest for name, digest, who in self._pins if (name, who) == (repository, holder)}

    def holder(self, repository: RepositoryName, digest: Digest) -> str | None:
        place = repository, digest
        return min((who for name, one, who in self._pins if (name, one) == place), default=None)
