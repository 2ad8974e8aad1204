"""The contract of `stores.ByteStore`, on every store: uploads that become blobs."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from longshore.oci.digest import ALGORITHMS, Digest
from longshore.oci.errors import BlobUploadUnknown, DigestInvalid, UploadBusy, UploadOutOfOrder
from longshore.registry.stores import ByteStore
from tests.backends import HOUR, chunks, save

CONTENT = bytes(range(256)) * 7
LARGE = 3 * 1024 * 1024 + 17  # more than a store gathers before it writes
DIGEST = Digest.of(CONTENT)
FUTURE = 1 << 60


class Disconnected(Exception):
    """What a body raises whose client went away."""


class Stream:
    """A body that waits: `send` gives it bytes, `end` or `cut` ends it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def send(self, data: bytes) -> None:
        self._queue.put_nowait(data)

    def end(self) -> None:
        self._queue.put_nowait(None)

    async def chunks(self) -> AsyncIterator[bytes]:
        while (data := await self._queue.get()) is not None:
            yield data
            self._queue.task_done()

    async def taken(self) -> None:
        """Wait until all that was sent has been taken."""
        await self._queue.join()


async def cut(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    raise Disconnected


async def expect_unknown(store: ByteStore, upload: str) -> None:
    uses = (store.size(upload), store.commit(upload, DIGEST), store.append(upload, 0, chunks()))
    for attempt in uses:
        with pytest.raises(BlobUploadUnknown):
            await attempt


async def test_chunks_become_a_blob(store: ByteStore) -> None:
    await store.begin("one", "sha256")
    assert await store.size("one") == 0
    assert await store.append("one", None, chunks(CONTENT[:5], CONTENT[5:9])) == 9
    assert await store.append("one", 9, chunks(CONTENT[9:])) == len(CONTENT)
    assert await store.size("one") == len(CONTENT)
    stored = await store.commit("one", DIGEST)
    assert (stored.digest, stored.size) == (DIGEST, len(CONTENT))
    assert store.path(stored.key).read_bytes() == CONTENT
    for attempt in (
        store.size("one"),
        store.commit("one", DIGEST),
        store.append("one", 0, chunks()),
    ):
        with pytest.raises(BlobUploadUnknown):
            await attempt


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("announced", ALGORITHMS)
@pytest.mark.parametrize("size", [0, 1, LARGE])
async def test_every_algorithm_and_size_whatever_was_announced(
    store: ByteStore, algorithm: str, announced: str, size: int
) -> None:
    content = hashlib.shake_128(b"seed").digest(size)
    await store.begin("one", announced)
    parts = [content[at : at + 65536] for at in range(0, size, 65536)]
    assert await store.append("one", None, chunks(*parts)) == size
    stored = await store.commit("one", Digest.of(content, algorithm))
    assert stored.size == size
    assert store.path(stored.key).read_bytes() == content


async def test_the_last_chunks_may_come_with_the_commit(store: ByteStore) -> None:
    await store.begin("one", "sha256")
    await store.append("one", None, chunks(CONTENT[:9]))
    with pytest.raises(UploadOutOfOrder):
        await store.commit("one", DIGEST, 8, chunks(CONTENT[8:]))
    stored = await store.commit("one", DIGEST, 9, chunks(CONTENT[9:20], CONTENT[20:]))
    assert store.path(stored.key).read_bytes() == CONTENT


async def test_a_commit_whose_last_chunks_are_cut_can_be_tried_again(store: ByteStore) -> None:
    await store.begin("one", "sha256")
    with pytest.raises(Disconnected):
        await store.commit("one", DIGEST, 0, cut(CONTENT[:9], CONTENT[9:12]))
    assert await store.size("one") == 12
    stored = await store.commit("one", DIGEST, 12, chunks(CONTENT[12:]))
    assert store.path(stored.key).read_bytes() == CONTENT


async def test_a_wrong_digest_ends_the_upload(store: ByteStore) -> None:
    await store.begin("one", "sha256")
    await store.append("one", None, chunks(CONTENT))
    with pytest.raises(DigestInvalid):
        await store.commit("one", Digest.of(b"something else"))
    with pytest.raises(BlobUploadUnknown):
        await store.size("one")
    assert list(store.list()) == []


async def test_a_chunk_out_of_order_is_told_where_to_go_on(store: ByteStore) -> None:
    await store.begin("one", "sha256")
    await store.append("one", 0, chunks(CONTENT[:9]))
    for offset in (0, 8, 10):
        with pytest.raises(UploadOutOfOrder) as refused:
            await store.append("one", offset, chunks(CONTENT[9:]))
        assert refused.value.size == 9
    await store.append("one", 9, chunks(CONTENT[9:]))
    stored = await store.commit("one", DIGEST)
    assert store.path(stored.key).read_bytes() == CONTENT


@pytest.mark.parametrize("size", [5, 100_000, LARGE])
async def test_what_came_before_a_cut_is_kept(store: ByteStore, size: int) -> None:
    content = hashlib.shake_128(b"seed").digest(size + 10)
    await store.begin("one", "sha256")
    with pytest.raises(Disconnected):
        await store.append("one", None, cut(content[: size // 2], content[size // 2 : size]))
    assert await store.size("one") == size
    assert await store.append("one", size, chunks(content[size:])) == size + 10
    stored = await store.commit("one", Digest.of(content))
    assert store.path(stored.key).read_bytes() == content


async def test_another_process_goes_on_with_an_upload(connect: Callable[[], ByteStore]) -> None:
    here, there = connect(), connect()
    await here.begin("one", "sha256")
    await here.append("one", None, chunks(CONTENT[:9]))
    assert await there.size("one") == 9
    await there.append("one", 9, chunks(CONTENT[9:20]))
    await here.append("one", 20, chunks(CONTENT[20:]))
    stored = await there.commit("one", DIGEST)
    assert here.path(stored.key).read_bytes() == CONTENT
    with pytest.raises(BlobUploadUnknown):
        await here.append("one", None, chunks(b"more"))
    assert here.path(stored.key).read_bytes() == CONTENT


async def test_while_one_writes_no_other_does(connect: Callable[[], ByteStore]) -> None:
    here, there = connect(), connect()
    await here.begin("one", "sha256")
    stream = Stream()
    writing = asyncio.ensure_future(here.append("one", None, stream.chunks()))
    stream.send(CONTENT[:9])
    await stream.taken()
    for store in (here, there):
        for attempt in (store.append("one", None, chunks(b"x")), store.commit("one", DIGEST)):
            with pytest.raises(UploadBusy):
                await attempt
    stream.send(CONTENT[9:])
    stream.end()
    assert await writing == len(CONTENT)
    stored = await there.commit("one", DIGEST)
    assert here.path(stored.key).read_bytes() == CONTENT


async def test_of_two_commits_at_one_time_one_wins(connect: Callable[[], ByteStore]) -> None:
    here, there = connect(), connect()
    for number in range(20):
        await here.begin(f"{number}", "sha256")
        await here.append(f"{number}", None, chunks(CONTENT))
        commits = (here.commit(f"{number}", DIGEST), there.commit(f"{number}", DIGEST))
        outcomes = await asyncio.gather(*commits, return_exceptions=True)
        won = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
        lost = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert len(won) == 1
        assert isinstance(lost[0], UploadBusy | BlobUploadUnknown)
        assert here.path(won[0].key).read_bytes() == CONTENT


async def test_a_commit_and_a_cancel_at_one_time_leave_a_whole_blob_or_none(
    connect: Callable[[], ByteStore],
) -> None:
    here, there = connect(), connect()
    for number in range(20):
        await here.begin(f"{number}", "sha256")
        await here.append(f"{number}", None, chunks(CONTENT))
        pair = [here.commit(f"{number}", DIGEST), there.cancel(f"{number}")]
        outcomes = await asyncio.gather(*pair[:: 1 if number % 2 else -1], return_exceptions=True)
        committed = outcomes[0 if number % 2 else 1]
        if isinstance(committed, BaseException):
            assert isinstance(committed, BlobUploadUnknown)
        else:
            assert committed is not None
            assert here.path(committed.key).read_bytes() == CONTENT
        with pytest.raises(BlobUploadUnknown):
            await there.size(f"{number}")


async def test_a_cancelled_upload_is_gone(store: ByteStore) -> None:
    await store.begin("one", "sha256")
    await store.append("one", None, chunks(CONTENT))
    await store.cancel("one")
    await store.cancel("one")
    await store.cancel("never was")
    for attempt in (
        store.size("one"),
        store.commit("one", DIGEST),
        store.append("one", 0, chunks()),
    ):
        with pytest.raises(BlobUploadUnknown):
            await attempt
    assert list(store.list()) == []


@pytest.mark.parametrize("cancels", [1, 2, 5])
async def test_a_request_that_is_cancelled_leaves_an_upload_to_go_on_with(
    store: ByteStore, cancels: int
) -> None:
    content = hashlib.shake_128(b"seed").digest(LARGE)
    for number in range(5):
        upload = f"upload {number}"
        await store.begin(upload, "sha256")
        stream = Stream()
        writing = asyncio.ensure_future(store.append(upload, None, stream.chunks()))
        for at in range(0, LARGE, 1_100_000):
            stream.send(content[at : at + 1_100_000])
        for _ in range(number):
            await asyncio.sleep(0)
        for _ in range(cancels):
            writing.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await writing
        size = await store.size(upload)
        await store.append(upload, size, chunks(content[size:]))
        stored = await store.commit(upload, Digest.of(content))
        assert store.path(stored.key).read_bytes() == content


async def test_two_blobs_of_one_digest_have_keys_of_their_own(store: ByteStore) -> None:
    first, second = await save(store, CONTENT), await save(store, CONTENT)
    assert first.key != second.key
    await store.delete(first.key)
    await store.delete(first.key)
    await store.delete("sha256/00/never-was")
    assert not store.path(first.key).exists()
    assert store.path(second.key).read_bytes() == CONTENT
    assert [key for key, _ in store.list()] == [second.key]


async def test_all_keys_are_listed_with_their_time(connect: Callable[[], ByteStore]) -> None:
    here, there = connect(), connect()
    assert list(here.list()) == []
    contents = [hashlib.shake_128(bytes([number])).digest(9) for number in range(30)]
    stored = [await save(here, content) for content in contents]
    stored.append(await save(here, b"", "sha512"))
    listed = dict(there.list())
    assert set(listed) == {blob.key for blob in stored}
    assert max(listed.values()) - min(listed.values()) < HOUR


async def test_uploads_that_nobody_goes_on_with_expire(store: ByteStore) -> None:
    assert await store.expire(FUTURE) == (0, 0)
    for upload in ("one", "two"):
        await store.begin(upload, "sha256")
        await store.append(upload, None, chunks(CONTENT))
    stored = await save(store, CONTENT)
    assert await store.expire(0) == (0, 2)
    assert await store.size("one") == len(CONTENT)
    assert await store.expire(FUTURE) == (2, 0)
    with pytest.raises(BlobUploadUnknown):
        await store.size("one")
    assert store.path(stored.key).read_bytes() == CONTENT


async def test_a_path_is_a_file_that_nobody_else_has(store: ByteStore) -> None:
    stored = await save(store, CONTENT)
    assert isinstance(store.path(stored.key), Path)
    assert store.path(stored.key).stat().st_size == len(CONTENT)
    assert not store.path("sha256/00/never-was").exists()
