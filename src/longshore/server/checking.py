"""A check of everything: the rules of `fsck` over all rows, and every file read once.

Decides the order, and that bytes are read between transactions, never in one. The registry may
go on meanwhile, so whatever is found in a file is looked up again before it counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from longshore.oci.digest import hasher
from longshore.oci.names import RepositoryName
from longshore.registry import fsck, garbage, statistics
from longshore.registry.fsck import PATIENCE, REPAIR, Finding, Page
from longshore.registry.records import StoredBlob
from longshore.server.wiring import Parts
from longshore.storage.sql.clock import wall_clock

FILES_AT_ONCE = 200
FEW = 10  # files that may be missing without a doubt whether the disk is there

LOST = f"{REPAIR}, then push it again to where it was"
ABSENT = "most files are missing: bring the disk with the blobs back, and check again"
UNREADABLE = "mend the disk, or its permissions, and check again"

# A stage's name, how much of it is done, and how much there is.
Watch = Callable[[str, int, int], None]


class Checked(NamedTuple):
    """What was read, and what was found; what has been mended is among that."""

    blobs: int
    bytes: int
    manifests: int
    findings: list[Finding]

    @property
    def remaining(self) -> int:
        return sum(1 for finding in self.findings if not finding.is_mended)


class Check:
    def __init__(self, parts: Parts, is_quick: bool, repairs: bool, watch: Watch) -> None:
        self._metadata = parts.metadata
        self._store = parts.store
        self._is_quick = is_quick
        self._repairs = repairs
        self._watch = watch
        self._findings: list[Finding] = []
        self._lost: list[tuple[StoredBlob, Finding]] = []
        self._blobs = self._bytes = self._manifests = 0

    async def run(self) -> Checked:
        expected = await self._metadata.read(statistics.measure)
        await self._check_blobs(expected)
        await self._lose()
        await self._check_files(expected["blobs"])
        await self._check_repositories(expected["manifests"])
        await self._check_trash()
        await self._check_loose_rows()
        await self._check_discarded()
        done = Checked(self._blobs, self._bytes, self._manifests, self._findings)
        totals = {"fsck_last_run_seconds": int(time.time()), "fsck_findings": done.remaining}
        await self._metadata.write(statistics.record, totals, {})
        return done

    async def _found(self, finding: Finding, rule: Callable[..., None], *arguments: Any) -> None:
        """Keep the finding, after putting it right by this rule if that was asked for."""
        if self._repairs:
            await self._metadata.write(rule, *arguments)
            finding = finding._replace(mend="")
        self._findings.append(finding)

    async def _check_blobs(self, expected: Mapping[str, int]) -> None:
        last = ""
        while page := await self._metadata.read(fsck.blobs, last):
            for blob, is_held in page:
                finding = await self._examine(blob, expected["blob_bytes"])
                if finding:
                    self._lost.append((blob, finding))
                elif not is_held:
                    problem = "no repository holds it"
                    loss = Finding("blob-unheld", "", blob.digest, problem, REPAIR)
                    await self._found(loss, fsck.lose_unheld, blob)
                self._blobs += 1
                if self._is_quick:
                    self._watch("blobs", self._blobs, expected["blobs"])
            last = page[-1][0].digest

    async def _examine(self, blob: StoredBlob, expected: int) -> Finding | None:
        finding = await self._compare(blob, expected)
        if finding is None:
            return None
        is_current = await self._metadata.read(fsck.is_current, blob)
        return finding if is_current else None  # if not, it was collected meanwhile

    async def _compare(self, blob: StoredBlob, expected: int) -> Finding | None:
        """Whether the file is what its row says; reads all of it unless the check is quick."""
        try:
            size = await self._store.stored(blob.key)
            if size is None:
                return Finding("blob-missing", "", blob.digest, f"{blob.key} is missing", LOST)
            if size != blob.size:
                problem = f"{blob.key} has {size} bytes instead of {blob.size}"
                return Finding("blob-damaged", "", blob.digest, problem, LOST)
            if self._is_quick or await self._hash(blob, expected) == blob.digest.hex:
                return None
        except OSError as fault:
            problem = f"{blob.key}: {fault.strerror}"
            return Finding("blob-unreadable", "", blob.digest, problem, UNREADABLE)
        problem = f"the bytes of {blob.key} are not those of its digest"
        return Finding("blob-damaged", "", blob.digest, problem, LOST)

    async def _hash(self, blob: StoredBlob, expected: int) -> str:
        running = hasher(blob.digest.algorithm)
        async for piece in self._store.read(blob.key):
            running.update(piece)
            self._bytes += len(piece)
            self._watch("blobs", self._bytes, expected)
        return running.hexdigest()

    async def _lose(self) -> None:
        """Bytes that are gone or wrong are lost, unless it seems that the disk is not there."""
        missing = sum(1 for _, finding in self._lost if finding.kind == "blob-missing")
        is_absent = missing > max(FEW, self._blobs // 2)
        for blob, finding in self._lost:
            if is_absent and finding.kind == "blob-missing":
                self._findings.append(finding._replace(mend=ABSENT))
            elif finding.mend == LOST:
                await self._found(finding, fsck.lose, blob)
            else:
                self._findings.append(finding)

    async def _check_files(self, expected: int) -> None:
        looked_at = 0
        files = self._store.list()
        while some := list(islice(files, FILES_AT_ONCE)):
            old = [key for key, committed in some if wall_clock() - committed > PATIENCE]
            for key in await self._metadata.read(garbage.strays, old):
                if await self._store.stored(key) is not None:
                    self._findings.append(await self._stray(key))
            looked_at += len(some)
            self._watch("files", looked_at, max(expected, looked_at))

    async def _stray(self, key: str) -> Finding:
        if self._repairs:
            await self._store.delete(key)
        return Finding("stray-file", "", key, "no row knows it", "" if self._repairs else REPAIR)

    async def _check_repositories(self, expected: int) -> None:
        last = ""
        while page := await self._metadata.read(fsck.repositories, last):
            for name, holds_content in page:
                if not holds_content:
                    finding = Finding("repository-empty", name, "", "it holds nothing", REPAIR)
                    await self._found(finding, fsck.remove_empty, name)
                    continue
                self._manifests += await self._check_pages(fsck.manifests, name)
                await self._check_pages(fsck.tags, name)
                self._watch("manifests", self._manifests, max(expected, self._manifests))
            last = page[-1][0]

    async def _check_pages(self, rule: Callable[..., Page], name: RepositoryName) -> int:
        """Apply the rule to a page after the other; answers how much it looked at."""
        looked_at, last = 0, ""
        while True:
            page = await self._metadata.read(rule, name, last)
            for finding in page.findings:
                if finding.kind == "references-wrong":
                    await self._found(finding, fsck.record_again, name, finding.name)
                else:
                    self._findings.append(finding)
            looked_at, last = looked_at + page.looked_at, page.last
            if not last:
                return looked_at

    async def _check_trash(self) -> None:
        last = ("", "")
        while page := await self._metadata.read(fsck.trash, last):
            for repository, stored, is_sound in page:
                if not is_sound:
                    problem = "it was deleted, and can not be restored: its bytes are damaged"
                    finding = Finding("trash-damaged", repository, stored.digest, problem, REPAIR)
                    await self._found(finding, fsck.forget_deleted, repository, stored.digest)
            last = page[-1][0], page[-1][1].digest

    async def _check_loose_rows(self) -> None:
        last, more = "", True
        while more:
            rows, last = await self._metadata.read(fsck.loose, last)
            more = bool(last)
            for row in rows:
                problem = f"a row points at {row.target}, which is not there"
                if row.is_derived:
                    finding = Finding("row-loose", "", row.relation, problem, REPAIR)
                    await self._found(finding, fsck.cut, [row])
                else:
                    mend = "put a backup in place of the database"
                    self._findings.append(Finding("row-loose", "", row.relation, problem, mend))

    async def _check_discarded(self) -> None:
        last = ""
        while page := await self._metadata.read(fsck.overdue, last):
            for item in page:
                if await self._store.stored(item.key) is None:
                    problem = "it was to be unlinked, and is gone already"
                    finding = Finding("discarded-missing", "", item.key, problem, REPAIR)
                    await self._found(finding, fsck.forget, [item.key])
            last = page[-1].key
