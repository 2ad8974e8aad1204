"""What is the filesystem's alone: what is synced and when, full disks, and files in use."""

import asyncio
import errno
import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.oci.digest import Digest
from longshore.oci.errors import BlobUploadUnknown, StorageFull
from longshore.storage import filesystem
from longshore.storage.filesystem import FilesystemBlobStore
from longshore.storage.writing import FLUSH, SYNC_EVERY
from tests.backends import chunks, save

CONTENT = b"content" * 1000
DIGEST = Digest.of(CONTENT)


@pytest.fixture
def store(tmp_path: Path) -> FilesystemBlobStore:
    store = FilesystemBlobStore(tmp_path)
    store.prepare()
    return store


def failing(code: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    return fail


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, int]]:
    """What was synced from then on, and of which size it was."""
    noted: list[tuple[Path, int]] = []
    real = os.fsync

    def note(handle: int) -> None:
        place = Path(f"/proc/self/fd/{handle}").readlink()
        noted.append((place, os.fstat(handle).st_size))
        real(handle)

    monkeypatch.setattr(os, "fsync", note)
    return noted


async def test_file_and_folders_are_synced_before_a_key_is_given(
    store: FilesystemBlobStore, tmp_path: Path, synced: list[tuple[Path, int]]
) -> None:
    synced.clear()
    await store.begin("one", "sha256")
    await store.append("one", None, chunks(CONTENT))
    path = store.path((await store.commit("one", DIGEST)).key)
    names = [place for place, _ in synced]
    assert names[-1] == path.parent  # the folder, once the file has its name
    assert names[0] == path.parent.parent  # and the one that it is in, before
    [(file, size)] = synced[1:-1]
    assert size == len(CONTENT)
    assert file in {path, tmp_path / "uploads" / "one"}


async def test_a_folder_that_another_process_made_is_synced_once(
    store: FilesystemBlobStore, tmp_path: Path, synced: list[tuple[Path, int]]
) -> None:
    """It may be that the other has not come to that yet."""
    folder = store.path((await save(store, CONTENT)).key).parent.parent
    there = FilesystemBlobStore(tmp_path)
    counts = []
    for _ in range(3):
        synced.clear()
        await save(there, CONTENT)
        counts.append([place for place, _ in synced].count(folder))
    assert counts == [1, 0, 0]


def test_preparing_again_keeps_what_is_there(store: FilesystemBlobStore, tmp_path: Path) -> None:
    stored = asyncio.run(save(store, CONTENT))
    FilesystemBlobStore(tmp_path).prepare()
    assert store.path(stored.key).read_bytes() == CONTENT


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_refuses_bytes_and_keeps_what_came_before(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    await store.begin("one", "sha256")
    await store.append("one", None, chunks(CONTENT[:9]))
    with monkeypatch.context() as full:
        full.setattr(os, "write", failing(code))
        with pytest.raises(StorageFull):
            await store.append("one", None, chunks(CONTENT[9:]))
    assert await store.size("one") == 9
    await store.append("one", 9, chunks(CONTENT[9:]))
    stored = await store.commit("one", DIGEST)
    assert store.path(stored.key).read_bytes() == CONTENT


async def test_a_disk_that_fills_in_the_middle_of_a_write_gets_back_what_that_took(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    room = 100

    def write(handle: int, data: memoryview) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, "full")
        done = real(handle, data[:room])
        room -= done
        return done

    await store.begin("one", "sha256")
    await store.append("one", None, chunks(CONTENT[:9]))
    with monkeypatch.context() as full:
        full.setattr(os, "write", write)
        with pytest.raises(StorageFull):
            await store.append("one", 9, chunks(CONTENT[9:]))
    assert await store.size("one") == 9
    await store.append("one", 9, chunks(CONTENT[9:]))
    stored = await store.commit("one", DIGEST)
    assert store.path(stored.key).read_bytes() == CONTENT


async def test_a_full_disk_refuses_to_begin(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(os, "open", failing(errno.ENOSPC))
        with pytest.raises(StorageFull):
            await store.begin("one", "sha256")
    with pytest.raises(BlobUploadUnknown):
        await store.size("one")


async def test_a_full_disk_refuses_to_commit_and_gives_no_key(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.begin("one", "sha256")
    await store.append("one", None, chunks(CONTENT))
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", failing(errno.ENOSPC))
        with pytest.raises(StorageFull):
            await store.commit("one", DIGEST)


async def test_a_large_upload_is_synced_while_it_comes(
    store: FilesystemBlobStore, tmp_path: Path, synced: list[tuple[Path, int]]
) -> None:
    synced.clear()
    await store.begin("one", "sha256")
    await store.append("one", None, chunks(*[b"x" * FLUSH] * (3 * SYNC_EVERY // FLUSH)))
    assert {place for place, _ in synced} == {tmp_path / "uploads" / "one"}
    assert 1 <= len(synced) <= 3  # one at a time, and a slow disk is not asked again meanwhile
    assert synced[0][1] >= SYNC_EVERY - FLUSH


async def test_the_file_is_open_until_its_sync_ended(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number may be another file's after that."""
    real = os.fsync
    ended = 0

    def slow(handle: int) -> None:
        nonlocal ended
        time.sleep(0.05)
        real(handle)
        ended += 1

    await store.begin("one", "sha256")
    monkeypatch.setattr(os, "fsync", slow)
    await store.append("one", None, chunks(b"x" * SYNC_EVERY))
    assert ended == 1


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
async def test_what_the_disk_lost_while_it_came_is_not_continued(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A disk tells once that it lost something; what is asked for then can be read, and synced."""
    await store.begin("one", "sha256")
    await store.append("one", None, chunks(CONTENT))
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing(code))
        with pytest.raises(StorageFull if code == errno.ENOSPC else OSError):
            await store.append("one", None, chunks(b"x" * SYNC_EVERY, b"more"))
    with pytest.raises(BlobUploadUnknown):
        await store.size("one")
    with pytest.raises(BlobUploadUnknown):
        await store.commit("one", DIGEST)


async def test_other_errors_of_the_disk_stay_what_they_are(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.begin("one", "sha256")
    monkeypatch.setattr(os, "write", failing(errno.EIO))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        await store.append("one", None, chunks(CONTENT))


async def test_a_request_that_opened_a_file_just_before_its_commit_writes_nothing(
    store: FilesystemBlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the very file in its hands that is now a blob."""
    there = FilesystemBlobStore(tmp_path)
    await store.begin("one", "sha256")
    await store.append("one", None, chunks(CONTENT))
    real = fcntl.flock
    commits = [there.commit("one", DIGEST)]
    keys: list[str] = []

    def commit() -> None:
        keys.append(asyncio.run(commits.pop()).key)

    def commit_first(handle: int, mode: int) -> None:
        if commits and not other.is_alive():
            other.start()
            other.join()
        real(handle, mode)

    other = threading.Thread(target=commit)
    monkeypatch.setattr(fcntl, "flock", commit_first)
    with pytest.raises(BlobUploadUnknown):
        await store.append("one", None, chunks(b"more"))
    assert store.path(keys[0]).read_bytes() == CONTENT


async def test_a_reader_keeps_the_bytes_of_a_file_that_is_deleted(
    store: FilesystemBlobStore,
) -> None:
    stored = await save(store, CONTENT)
    with store.path(stored.key).open("rb") as file:
        await store.delete(stored.key)
        assert file.read() == CONTENT


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
async def test_what_comes_whole_is_hashed_on_its_way_whichever_process_began_it(
    store: FilesystemBlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    """Reading it again would make the end of a large upload wait."""
    monkeypatch.setattr(filesystem, "_hash_file", failing(errno.EIO))
    other = FilesystemBlobStore(tmp_path)
    await store.begin("one", algorithm)
    digest = Digest.of(CONTENT, algorithm)
    stored = await other.commit("one", digest, None, chunks(CONTENT[:9], CONTENT[9:]))
    assert other.path(stored.key).read_bytes() == CONTENT


async def test_what_another_process_began_is_hashed_from_its_first_byte(
    store: FilesystemBlobStore, tmp_path: Path
) -> None:
    other = FilesystemBlobStore(tmp_path)
    await store.begin("one", "sha512")
    await other.append("one", None, chunks(CONTENT[:9]))
    await store.append("one", None, chunks(CONTENT[9:]))
    stored = await other.commit("one", Digest.of(CONTENT, "sha512"))
    assert store.path(stored.key).read_bytes() == CONTENT


async def test_the_hashes_of_uploads_that_never_end_are_forgotten(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "RUNNING", 2)
    for number in range(5):
        await store.begin(f"{number}", "sha256")
        await store.append(f"{number}", None, chunks(CONTENT))
    for number in range(5):
        stored = await store.commit(f"{number}", DIGEST)
        assert store.path(stored.key).read_bytes() == CONTENT


async def test_nothing_is_left_open(store: FilesystemBlobStore) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    await store.begin("one", "sha256")
    for _ in range(3):
        await store.append("one", None, chunks(b"x" * 100_000))
    with pytest.raises(BlobUploadUnknown):
        await store.append("two", None, chunks(b"x"))
    await store.cancel("one")
    await save(store, CONTENT)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
