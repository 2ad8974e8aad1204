"""The history of tags in memory, and what may come back. Implements `history`'s ports."""

from __future__ import annotations

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.directory import Actor
from longshore.registry.history import UNKNOWN, Move, Origin
from longshore.registry.records import StoredManifest
from longshore.storage.memory.rows import Rows


class History:
    def __init__(self, rows: Rows) -> None:
        self._moves = rows.moves
        self._last_ids = rows.last_ids

    def add(self, move: Move) -> None:
        number = self._last_ids.get("moves", 0) + 1
        self._last_ids["moves"] = number
        actor = Actor(
            move.actor.name, request_id=move.actor.request_id, identity=move.actor.identity
        )
        self._moves[number] = move._replace(id=number, actor=actor)

    def last(self, repository: RepositoryName, tag: Tag) -> Move | None:
        return next(iter(self.page(repository, tag, None, 1)), None)

    def page(
        self, repository: RepositoryName, tag: Tag | None, last: int | None, limit: int
    ) -> list[Move]:
        found = [
            move
            for move in reversed(self._moves.values())
            if move.repository == repository
            and tag in {None, move.tag}
            and (last is None or move.id < last)
        ]
        return found[:limit]

    def origin(self, repository: RepositoryName, digest: Digest) -> Origin:
        of_digest = (
            move.origin
            for move in reversed(self._moves.values())
            if (move.repository, move.digest) == (repository, digest) and any(move.origin)
        )
        return next(of_digest, UNKNOWN)

    def remove(self, before: int, limit: int) -> int:
        oldest = list(self._moves.values())[:limit]
        gone = [move.id for move in oldest if move.at < before]
        for number in gone:
            del self._moves[number]
        return len(gone)


class Trash:
    def __init__(self, rows: Rows, now: int) -> None:
        self._rows = rows
        self._trash = rows.trash
        self._now = now

    def put(self, repository: RepositoryName, manifest: StoredManifest) -> None:
        there = self._trash.get((repository, manifest.digest), manifest)
        until = max(there.kept_until or 0, manifest.kept_until or 0)
        self._trash[repository, manifest.digest] = manifest._replace(kept_until=until)

    def find(self, repository: RepositoryName, digest: Digest) -> StoredManifest | None:
        return self._trash.get((repository, digest))

    def remove(self, repository: RepositoryName, digest: Digest) -> None:
        self._trash.pop((repository, digest), None)

    def due(self, limit: int) -> list[tuple[RepositoryName, Digest]]:
        times = {place: manifest.kept_until or 0 for place, manifest in self._trash.items()}
        due = [place for place, until in times.items() if until <= self._now]
        return sorted(due, key=times.__getitem__)[:limit]

    def page(
        self, last: tuple[str, str], limit: int
    ) -> list[tuple[RepositoryName, StoredManifest]]:
        places = sorted(place for place in self._trash if place > last)
        return [(place[0], self._trash[place]) for place in places[:limit]]

    def hasten(self, until: int, limit: int) -> int:
        rows = self._rows
        kept = [place for place, one in self._trash.items() if (one.kept_until or 0) > until]
        trash = kept[:limit]
        for place in trash:
            self._trash[place] = self._trash[place]._replace(kept_until=until)
        kept = [place for place, one in rows.manifests.items() if (one.kept_until or 0) > until]
        manifests = kept[: limit - len(trash)]
        for place in manifests:
            rows.manifests[place] = rows.manifests[place]._replace(kept_until=until)
        kept = [place for place, kept_until in rows.links.items() if (kept_until or 0) > until]
        links = kept[: limit - len(trash) - len(manifests)]
        rows.links.update(dict.fromkeys(links, until))
        return len(trash) + len(manifests) + len(links)
