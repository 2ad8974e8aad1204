"""What one command needs of this package, put together: registries, places, threads.

Decides what is opened for a place, and that all of it is closed at the end. A registry is asked
over the same connections and with the same tokens, however often it is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from longshore.client import credentials
from longshore.client.content import Source, Target
from longshore.client.credentials import Login
from longshore.client.files import Files
from longshore.client.layouts import INDEX, LayoutSource, open_files
from longshore.client.patience import Patience
from longshore.client.places import ARCHIVE_ENDING, LayoutPath, Place
from longshore.client.pool import DEFAULT_SIZE, Pool
from longshore.client.remote import Remote
from longshore.client.transport import Registry, Repository, Request
from longshore.client.unfinished import Unfinished
from longshore.oci.image import ImageReference


class Session:
    """`environ` says where logins are, `insecure` which hosts may be spoken to in the clear."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        insecure: Iterable[str] = (),
        jobs: int = DEFAULT_SIZE,
        patience: Patience | None = None,
    ) -> None:
        self.pool = Pool(jobs)
        self._environ = environ
        self._unfinished = Unfinished.of(environ)
        self._insecure = frozenset(insecure)
        self._patience = patience
        self._registries: dict[str, Registry] = {}
        self._stack = ExitStack()
        self._stack.callback(self.pool.close)

    def registry(self, host: str) -> Registry:
        if host not in self._registries:
            self._registries[host] = Registry(
                host,
                lambda repository: credentials.find(host, repository, self._environ),
                self.pool.pause,
                insecure=host in self._insecure,
                patience=self._patience,
            )
            self._stack.callback(self._registries[host].close)
        return self._registries[host]

    def verify(self, host: str, login: Login) -> None:
        """Ask a registry whether it accepts a login; raises Unauthorized."""
        registry = Registry(
            host,
            lambda _: login,
            self.pool.pause,
            insecure=host in self._insecure,
            patience=self._patience,
        )
        self._stack.callback(registry.close)
        registry.send(Request("GET", ""))

    def repository(self, image: ImageReference) -> Repository:
        return Repository(self.registry(image.host), image.repository)

    def source(self, place: Place) -> Source:
        """Raises FileNotFoundError, or NotALayout for a file that is none."""
        if not isinstance(place, LayoutPath):
            return Remote(self.repository(place))
        files = open_files(place.path)
        return self._archive(files, place) or LayoutSource(files, str(place.path))

    def _archive(self, files: Files, place: LayoutPath) -> Source | None:
        """What `docker save` wrote, if it is no layout as well."""
        if files.size(INDEX) is not None:
            return None
        from longshore.client.docker_archives import LISTING, DockerArchiveSource

        if files.size(LISTING) is None:
            return None
        archive = DockerArchiveSource(files, str(place.path))
        self._stack.callback(archive.close)
        return archive

    def target(self, place: Place) -> Target:
        if not isinstance(place, LayoutPath):
            return Remote(self.repository(place), self._unfinished)
        from longshore.client.layout_targets import ArchiveTarget, LayoutTarget

        is_archive = place.path.suffix == ARCHIVE_ENDING
        return ArchiveTarget(place.path) if is_archive else LayoutTarget(place.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
