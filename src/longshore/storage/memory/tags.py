"""Tags in memory. Implements `ports.Tags`, where the contract is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import numbers
from longshore.storage.memory.rows import Rows


class Tags:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, repository: RepositoryName, tag: Tag) -> Digest | None:
        return self._rows.tags.get((repository, tag))

    def point(self, repository: RepositoryName, tag: Tag, digest: Digest) -> None:
        self._rows.tags[repository, tag] = digest

    def remove(self, repository: RepositoryName, tag: Tag) -> None:
        self._rows.tags.pop((repository, tag), None)

    def of(self, repository: RepositoryName, digest: Digest) -> list[Tag]:
        found = [at[1] for at, named in self._rows.tags.items() if at[0] == repository]
        return sorted(tag for tag in found if self._rows.tags[repository, tag] == digest)

    def page(self, repository: RepositoryName, last: str, limit: int) -> list[Tag]:
        names = [tag for name, tag in self._rows.tags if name == repository and tag > last]
        return sorted(names)[:limit]

    def numbered(
        self,
        repository: RepositoryName,
        beginning: Sequence[int] = (),
        ending: str | None = None,
        suffix: str = "",
    ) -> Iterator[Tag]:
        tags = [tag for name, tag in self._rows.tags if name == repository]
        found = [(place, tag) for tag in tags if (place := numbers.read(tag))]
        for place, tag in sorted(found, reverse=True):
            is_within = place.numbers[: len(beginning)] == tuple(beginning)
            if is_within and ending in {None, place.ending} and place.ending.endswith(suffix):
                yield tag
