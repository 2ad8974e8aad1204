"""A registry and the model beside it: whatever is done to one is done to both, and compared.

Knows the ways in which things happen (at one time, in steps, cut off by a crash), and not what.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from longshore.delivery.ports import Metadata
from longshore.oci.digest import Digest
from longshore.oci.errors import NameUnknown, OCIError
from longshore.oci.names import RepositoryName
from longshore.registry import blobs, fsck, garbage, manifests, referrers, repositories, tags
from longshore.registry.access import OPEN
from longshore.registry.blobs import READERS_GRACE
from longshore.registry.ports import Transaction
from longshore.registry.preview import preview
from longshore.registry.refusals import Refusal
from longshore.storage.memory.store import MemoryByteStore
from tests.backends import METADATA, Time
from tests.registry.model import Content, Model, Moved, Refused
from tests.registry.stepping import Gate, Running

T = TypeVar("T")

MEMORY = Path("/dev/shm")
REPOSITORIES = [RepositoryName("a"), RepositoryName("a/b")]

UseCase = Callable[[], Coroutine[Any, Any, object]]
# Told the place at which a use case went on, and how that ended it, if it did.
Effect = Callable[[str, Refused], None]


class Write(NamedTuple):
    """A rule to be run in one transaction, and what the model expects of it."""

    work: Callable[..., object]
    arguments: tuple[object, ...]
    expect: Callable[[], Refused]


class Pair:
    def __init__(self, backend: str, grace: int, window: int) -> None:
        self._stack = contextlib.ExitStack()
        # In memory where there is such a folder: a power cut is not what this is about.
        place = MEMORY if MEMORY.is_dir() else None
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=place)))
        # Not `Runner.run`, which takes longer than most of what it would run here.
        self._loop = self._stack.enter_context(asyncio.Runner()).get_loop()
        self._time = Time()
        self.metadata: Metadata = self._stack.enter_context(
            METADATA[backend](folder, grace, self._time, window=window)
        )
        (folder / "bytes").mkdir()
        self.store = MemoryByteStore(folder / "bytes", self._time)
        self.model = Model(grace, window, REPOSITORIES)
        self.contents: dict[Digest, bytes] = {}  # of blobs
        self.running: list[tuple[Running, Effect]] = []
        self.is_sound = False  # after whatever was done, until it has been compared
        self.wait(0)

    def close(self) -> None:
        while self.running:
            self.crash(0)
        self._stack.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        self.is_sound = False
        return self._loop.run_until_complete(work)

    def wait(self, milliseconds: int) -> None:
        self._time.advance(milliseconds)
        self.model.now = self._time.now

    def write(self, *writes: Write) -> None:
        """Ask for all at one time; the model does them one after another."""
        expected = [write.expect() for write in writes]

        async def ask() -> list[object]:
            asked = (self.metadata.write(write.work, *write.arguments) for write in writes)
            return list(await asyncio.gather(*asked, return_exceptions=True))

        for outcome, refusal in zip(self.run(ask()), expected, strict=True):
            is_refusal = isinstance(outcome, OCIError | Refusal)
            if isinstance(outcome, BaseException) and not is_refusal:
                raise outcome
            assert (type(outcome) if is_refusal else None) == refusal

    def begin(self, gate: Gate, work: UseCase, effect: Effect) -> None:
        """Start a use case, up to its first stop."""

        async def start() -> Running:
            running = Running(gate, work())
            await running.start()
            return running

        self.running.append((self.run(start()), effect))

    def step(self, number: int) -> bool:
        """One step of a use case under way; whether there are more."""
        running, effect = self.running[number]
        place = running.place
        self.run(running.step())
        if running.is_done:
            del self.running[number]
            effect(place, running.refusal())
        elif place == "write":
            effect(place, None)
        return not running.is_done

    def crash(self, number: int) -> None:
        running, _ = self.running.pop(number)
        self.run(running.crash())

    def collect(self, limit: int) -> None:
        self.run(self.metadata.write(garbage.collect, limit))
        self._compare_what_is_left()

    def collect_all(self) -> None:
        """Nothing stays that nothing reaches, and what was said to go is what goes."""
        before = self._places()
        foretold = self.run(self.metadata.read(preview))
        while self.run(self.metadata.write(garbage.collect)).looked_at:
            pass
        self._compare_what_is_left()
        for repository in REPOSITORIES:
            there, allowed = self.model.there(repository), self.model.allowed(repository)
            assert there.manifests <= allowed.manifests
            assert there.blobs <= allowed.blobs
        gone = [
            (kind, one.repository, one.name) for one in foretold if (kind := one.kind) != "file"
        ]
        assert sorted(gone) == sorted(before - self._places())
        self.run(self.metadata.read(self._check_rows))

    def _places(self) -> set[tuple[str, str, str]]:
        return {("manifest", *place) for place in self.model.manifests} | {
            ("blob", *place) for place in self.model.blobs
        }

    def _check_rows(self, tx: Transaction) -> None:
        """The rows agree with each other and with what the manifests say."""
        for repository in REPOSITORIES:
            assert fsck.manifests(tx, repository, "").findings == []
            assert fsck.tags(tx, repository, "").findings == []
        assert all(is_held for _, is_held in fsck.blobs(tx, ""))
        assert all(holds for _, holds in fsck.repositories(tx, ""))
        last, more = "", True
        while more:
            found, last = fsck.loose(tx, last)
            assert found == []
            more = bool(last)

    def _compare_what_is_left(self) -> None:
        for repository in REPOSITORIES:
            left = self.run(self.metadata.read(self._look, repository))
            there, needed = self.model.there(repository), self.model.needed(repository)
            assert needed.manifests <= left.manifests <= there.manifests
            assert needed.blobs <= left.blobs <= there.blobs
            self.model.learn(repository, left)

    def settle(self) -> None:
        """Once all grace has passed and bytes are unlinked, a file stays for every blob alone."""
        self.wait(10 * (self.model.grace + self.model.window + READERS_GRACE))
        self.collect_all()
        self.wait(READERS_GRACE)
        while self.run(garbage.unlink(self.metadata, self.store)):
            pass
        keys = [key for key, _ in self.store.list()]
        strays = self.run(self.metadata.read(garbage.strays, keys))
        for key in strays:
            self.run(self.store.delete(key))
        assert len(keys) - len(strays) == len({digest for _, digest in self.model.blobs})
        self.compare()

    def end(self) -> None:
        """At last what is tagged is there, and when no tag is left, nothing is."""
        while self.running:
            self.step(0)
        self.settle()
        for repository, tag in list(self.model.tags):
            expect = partial(self.model.delete_tag, repository, tag)
            self.write(Write(tags.delete, (repository, tag), expect))
        self.settle()
        assert set(self.run(self.metadata.read(lambda tx: tx.statistics.measure())).values()) == {0}
        assert list(self.store.list()) == []

    def compare(self) -> None:
        """Everything is served as the model says."""
        self.run(self.metadata.read(self._compare))
        self.is_sound = True

    def _compare(self, tx: Transaction) -> None:
        for repository in REPOSITORIES:
            self._compare_one(tx, repository)
        self._compare_all(tx)

    def _look(self, tx: Transaction, repository: RepositoryName) -> Content:
        found = [d for d in self.model.made if tx.manifests.by_digest(repository, d)]
        held = [d for d in self.contents if tx.blobs.find(repository, d)]
        return Content(frozenset(found), frozenset(held))

    def _compare_one(self, tx: Transaction, repository: RepositoryName) -> None:
        there, model = self.model.there(repository), self.model
        assert self._look(tx, repository) == there
        for digest in there.manifests:
            stored, pushed = manifests.find(tx, repository, digest), model.made[digest]
            assert (stored.content, stored.media_type) == (pushed.content, pushed.media_type)
            assert tx.manifests.missing(repository, pushed) == []
        for digest in there.blobs:
            found = blobs.find(tx, repository, digest)
            assert self.store.path(found.key).read_bytes() == self.contents[digest]
        history = [
            Moved(move.repository, move.tag, move.former, move.digest, move.cause)
            for move in reversed(tx.history.page(repository, None, None, 9999))
        ]
        assert history == [move for move in model.moves if move.repository == repository]
        mine = {tag: named for (name, tag), named in model.tags.items() if name == repository}
        for tag, digest in mine.items():
            assert manifests.find(tx, repository, tag).digest == digest
        with contextlib.nullcontext() if there.manifests else contextlib.suppress(NameUnknown):
            assert tags.page(tx, repository, "", 99) == (sorted(mine), False)
            assert there.manifests
        for subject in model.made:
            referring = [
                digest for digest in there.manifests if model.made[digest].subject == subject
            ]
            listed, _ = referrers.page(tx, repository, subject, None, "")
            assert [one.digest for one in listed] == sorted(referring)

    def _compare_all(self, tx: Transaction) -> None:
        with_manifests = {repository for repository, _ in self.model.manifests}
        assert repositories.page(tx, OPEN, "", 99) == (sorted(with_manifests), False)
        measured = tx.statistics.measure()
        holding = with_manifests | {repository for repository, _ in self.model.blobs}
        assert measured["repositories"] == len(holding)
        assert measured["blobs"] == len({digest for _, digest in self.model.blobs})
