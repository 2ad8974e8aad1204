"""A registry of any size without a push for each image: rows straight into its database.

Decides what a large registry looks like. Knows the tables as the migrations make them; the
bytes of the blobs are not there, since nobody asks for them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from benchmarks.content import KIB, MANIFEST, MIB, Item
from longshore.storage.sqlite import migrate

CACHE = 1024 * 1024  # KiB of pages while filling
AT_ONCE = 500  # repositories in one go
BASES, BASE_LAYERS = 100, 3  # base images that repositories build on
OWN_LAYERS = 10  # of a repository, beside those of its base
INDEX_OF_BASES = 1_000_000_000  # what numbers the layers of bases, apart from those of repositories


@dataclass(frozen=True)
class Shape:
    """So many repositories, and in each so many manifests and tags.

    A manifest has five references: its configuration, one layer of its repository and the three
    of the base image.
    """

    repositories: int
    manifests: int
    tags: int

    @property
    def count(self) -> int:
        """Manifests of all repositories."""
        return self.repositories * self.manifests

    def name(self, repository: int) -> str:
        return f"team-{repository % 100:02d}/application-{repository:05d}"

    def tag(self, number: int) -> str:
        return f"1.{number:06d}"

    def item(self, repository: int, tag: int) -> Item:
        """The manifest behind a tag, as a client reads it."""
        content = self.manifest(repository, tag % self.manifests)
        path = f"/v2/{self.name(repository)}/manifests/{self.tag(tag)}"
        return Item(path, len(content), hashlib.sha256(content).hexdigest())

    def manifest(self, repository: int, number: int) -> bytes:
        configuration, *layers = self.blobs(repository, number)
        kind = "application/vnd.oci.image"
        content = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(f"{kind}.config.v1+json", 2 * KIB, configuration),
            "layers": [_descriptor(f"{kind}.layer.v1.tar+gzip", MIB, one) for one in layers],
        }
        return json.dumps(content, separators=(",", ":")).encode()

    def blobs(self, repository: int, number: int) -> list[int]:
        """Ids of the blobs that a manifest references, the configuration first."""
        first = repository * self._own + 1
        base = INDEX_OF_BASES + repository % BASES * BASE_LAYERS
        layer = first + self.manifests + number % OWN_LAYERS
        return [first + number, layer, *range(base, base + BASE_LAYERS)]

    def all_blobs(self, repository: int) -> list[int]:
        """Ids of the blobs of a repository, those of its base last."""
        first = repository * self._own + 1
        base = INDEX_OF_BASES + repository % BASES * BASE_LAYERS
        return [*range(first, first + self._own), *range(base, base + BASE_LAYERS)]

    @property
    def _own(self) -> int:
        return self.manifests + OWN_LAYERS


def fill(database: Path, shape: Shape) -> None:
    """Make the database, with these rows."""
    database.parent.mkdir(parents=True, exist_ok=True)
    migrate(database)
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE}"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("BEGIN")
        bases = range(INDEX_OF_BASES, INDEX_OF_BASES + BASES * BASE_LAYERS)
        connection.executemany(_BLOB, (_blob(blob) for blob in bases))
        numbers = iter(range(shape.repositories))
        while some := list(islice(numbers, AT_ONCE)):
            for statement, rows in _rows(shape, some):
                connection.executemany(statement, rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")


def write_files(blobs: Path, shape: Shape) -> None:
    """A file for each blob of the repositories, for those who would remove it."""
    for repository in range(shape.repositories):
        for blob in shape.all_blobs(repository)[:-BASE_LAYERS]:
            (blobs / _key(blob)).write_bytes(bytes(KIB))


_BLOB = "INSERT INTO blobs (id, digest, size, key) VALUES (?, ?, ?, ?)"
_REPOSITORY = "INSERT INTO repositories (id, name) VALUES (?, ?)"
_LINK = "INSERT INTO links (id, repository_id, blob_id) VALUES (?, ?, ?)"
_MANIFEST = """INSERT INTO manifests
    (id, repository_id, digest, media_type, annotations, size, content)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_REFERENCE = "INSERT INTO manifest_blobs (manifest_id, link_id) VALUES (?, ?)"
_TAG = "INSERT INTO tags (repository_id, name, manifest_id) VALUES (?, ?, ?)"

Rows = Iterator[tuple[object, ...]]


def _rows(shape: Shape, repositories: list[int]) -> Iterator[tuple[str, Rows]]:
    yield _REPOSITORY, ((r + 1, shape.name(r)) for r in repositories)
    yield _BLOB, (_blob(b) for r in repositories for b in shape.all_blobs(r)[:-BASE_LAYERS])
    yield _LINK, _links(shape, repositories)
    yield _MANIFEST, _manifests(shape, repositories)
    yield _REFERENCE, _references(shape, repositories)
    yield _TAG, _tags(shape, repositories)


def _blob(number: int) -> tuple[object, ...]:
    return number, _digest(number), MIB, _key(number)


def _links(shape: Shape, repositories: list[int]) -> Rows:
    for repository in repositories:
        blobs = shape.all_blobs(repository)
        for place, blob in enumerate(blobs, repository * len(blobs) + 1):
            yield place, repository + 1, blob


def _manifests(shape: Shape, repositories: list[int]) -> Rows:
    for repository in repositories:
        for number in range(shape.manifests):
            content = shape.manifest(repository, number)
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            place = repository * shape.manifests + number + 1
            yield place, repository + 1, digest, MANIFEST, b"{}", len(content), content


def _references(shape: Shape, repositories: list[int]) -> Rows:
    for repository in repositories:
        blobs = shape.all_blobs(repository)
        links = {blob: repository * len(blobs) + at for at, blob in enumerate(blobs, 1)}
        for number in range(shape.manifests):
            place = repository * shape.manifests + number + 1
            for blob in shape.blobs(repository, number):
                yield place, links[blob]


def _tags(shape: Shape, repositories: list[int]) -> Rows:
    for repository in repositories:
        first = repository * shape.manifests + 1
        for number in range(shape.tags):
            yield repository + 1, shape.tag(number), first + number % shape.manifests


def _key(blob: int) -> str:
    digest = _digest(blob)
    return f"sha256/{digest[7:9]}/{digest[7:]}-00000000"


def _descriptor(media_type: str, size: int, blob: int) -> dict[str, str | int]:
    return {"mediaType": media_type, "size": size, "digest": _digest(blob)}


@lru_cache(maxsize=100_000)
def _digest(blob: int) -> str:
    return f"sha256:{hashlib.sha256(str(blob).encode()).hexdigest()}"
