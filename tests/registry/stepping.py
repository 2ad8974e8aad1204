"""Use cases that stop before each transaction and each change of bytes, to be interleaved.

What one does between two steps of another is what two processes do, and dropping one in the
middle is what a crash does.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from longshore.delivery.ports import Metadata, Transaction
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.registry.directory import Actor
from longshore.registry.records import StoredBlob
from longshore.registry.stores import ByteStore

P = ParamSpec("P")
T = TypeVar("T")


class Gate:
    """Where a use case is, and the way to let it go on."""

    def __init__(self) -> None:
        self.place = ""
        self._arrived = asyncio.Event()
        self._open = asyncio.Event()

    async def stop(self, place: str) -> None:
        self.place = place
        self._arrived.set()
        await self._open.wait()
        self._open.clear()

    async def go_on(self, task: asyncio.Task[Any]) -> None:
        """Let it run to its next stop, or to its end."""
        self._arrived.clear()
        self._open.set()
        await self.reach(task)

    async def reach(self, task: asyncio.Task[Any]) -> None:
        arrival = asyncio.ensure_future(self._arrived.wait())
        await asyncio.wait([task, arrival], return_when=asyncio.FIRST_COMPLETED)
        arrival.cancel()


class SteppingMetadata:
    def __init__(self, metadata: Metadata, gate: Gate) -> None:
        self._metadata = metadata
        self._gate = gate

    async def read(
        self, rule: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        await self._gate.stop("read")
        return await self._metadata.read(rule, *args, **kwargs)

    async def write(
        self, rule: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        await self._gate.stop("write")
        return await self._metadata.write(rule, *args, **kwargs)

    def by(self, actor: Actor) -> Metadata:
        return SteppingMetadata(self._metadata.by(actor), self._gate)


class _SteppingStore:
    """As the store it stands for, but for what changes finished bytes."""

    def __init__(self, store: ByteStore, gate: Gate) -> None:
        self._store = store
        self._gate = gate

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def commit(self, upload: str, digest: Digest) -> StoredBlob:
        await self._gate.stop("commit")
        return await self._store.commit(upload, digest)

    async def delete(self, key: str) -> None:
        await self._gate.stop("delete")
        await self._store.delete(key)


def stepping_store(store: ByteStore, gate: Gate) -> ByteStore:
    return cast("ByteStore", _SteppingStore(store, gate))


class Running:
    """A use case under way, always at one of its stops."""

    def __init__(self, gate: Gate, work: Coroutine[Any, Any, object]) -> None:
        self._gate = gate
        self._task = asyncio.ensure_future(work)

    async def start(self) -> None:
        await self._gate.reach(self._task)

    @property
    def place(self) -> str:
        return self._gate.place

    @property
    def is_done(self) -> bool:
        return self._task.done()

    async def step(self) -> None:
        await self._gate.go_on(self._task)

    def refusal(self) -> type[OCIError] | None:
        """How it ended."""
        problem = self._task.exception()
        if problem is not None and not isinstance(problem, OCIError):
            raise problem
        return type(problem) if isinstance(problem, OCIError) else None

    async def crash(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
