"""A data folder without a server: filled by the rules, broken by hand, looked at as rows."""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import blobs, manifests
from longshore.registry.ports import Transaction
from longshore.server import wiring
from longshore.server.config import Settings
from tests.backends import save
from tests.content import Pushed

LONG_AGO = time.time() - 86400


class Filled:
    """The data of one registry."""

    def __init__(self, root: Path, grace: int = 0, window: int = 0) -> None:
        self.settings = Settings(root=root, gc_grace=grace, undelete_window=window)
        self._held: tuple[asyncio.Runner, wiring.Parts] | None = None
        wiring.prepare(self.settings)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Open once for all that is done meanwhile: to open takes longer than most of it."""
        with asyncio.Runner() as runner, contextlib.ExitStack() as stack:
            parts = wiring.connect(self.settings)
            stack.callback(parts.metadata.close)
            self._held = runner, parts
            stack.callback(setattr, self, "_held", None)
            yield

    def write(self, rule: Callable[..., Any], *arguments: Any) -> Any:
        return self.with_parts(lambda parts: parts.metadata.write(rule, *arguments))

    def read(self, rule: Callable[..., Any], *arguments: Any) -> Any:
        return self.with_parts(lambda parts: parts.metadata.read(rule, *arguments))

    def with_parts(self, work: Callable[[wiring.Parts], Coroutine[Any, Any, Any]]) -> Any:
        if self._held:
            runner, parts = self._held
            return runner.run(work(parts))

        async def run() -> Any:
            parts = wiring.connect(self.settings)
            try:
                return await work(parts)
            finally:
                parts.metadata.close()

        return asyncio.run(run())

    def push_blob(self, repository: str, content: bytes) -> Digest:
        async def run(parts: wiring.Parts) -> Digest:
            saved = await save(parts.store, content)
            stored = await parts.metadata.write(blobs.add, RepositoryName(repository), saved)
            if stored.key != saved.key:
                await parts.store.delete(saved.key)
            return saved.digest

        digest: Digest = self.with_parts(run)
        return digest

    def push(self, repository: str, pushed: Pushed, *tags: str) -> Digest:
        name = RepositoryName(repository)
        self.write(manifests.put, name, *pushed, [Tag(tag) for tag in tags])
        return pushed.digest

    def file_of(self, digest: Digest) -> Path:
        """The file that holds a blob's bytes."""

        def key(tx: Transaction) -> str:
            stored = tx.blobs.find_anywhere(digest)
            assert stored
            return stored.key

        return Path(self.settings.root / "blobs" / self.read(key))

    def leave_stray(self, name: str, written: float = LONG_AGO) -> Path:
        """A file that no row knows."""
        path = self.settings.root / "blobs" / "sha256" / "00" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"stray")
        os.utime(path, (written, written))
        return path

    @contextlib.contextmanager
    def rows(self) -> Iterator[sqlite3.Connection]:
        """The database as nobody but a test or a fault would change it: no key is checked."""
        with contextlib.closing(sqlite3.connect(wiring.database(self.settings.root))) as connection:
            yield connection
            connection.commit()

    def dump(self) -> list[str]:
        """Every row but the totals."""
        with self.rows() as connection:
            return [line for line in connection.iterdump() if '"totals"' not in line]
