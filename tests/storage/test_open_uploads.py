"""How many uploads may be open: counted by the folder, and seldom."""

from pathlib import Path

import pytest

from longshore.oci.errors import TooManyRequests
from longshore.storage.open_uploads import FRESH, OpenUploads


class Clock:
    """A clock that stands still until it is told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return folder


def test_as_many_may_begin_as_are_not_there(folder: Path) -> None:
    clock = Clock()
    for number in range(3):
        (folder / str(number)).touch()
    uploads = OpenUploads(folder.parent, 5, clock)
    for _ in range(2):
        uploads.require()
    with pytest.raises(TooManyRequests, match="5 uploads are open") as refused:
        uploads.require()
    assert int(refused.value.headers["Retry-After"]) > 0
    clock.now += FRESH  # nobody has begun what was admitted
    uploads.require()


def test_an_upload_that_ends_makes_room(folder: Path) -> None:
    clock = Clock()
    uploads = OpenUploads(folder.parent, 1, clock)
    (folder / "one").touch()
    with pytest.raises(TooManyRequests):
        uploads.require()
    (folder / "one").unlink()
    clock.now += FRESH
    uploads.require()


def test_the_folder_is_not_listed_for_every_upload(folder: Path) -> None:
    uploads = OpenUploads(folder.parent, 1000, Clock())
    uploads.require()
    folder.rmdir()
    for _ in range(999):
        uploads.require()
    with pytest.raises(TooManyRequests):
        uploads.require()


def test_without_a_limit_nothing_is_counted(tmp_path: Path) -> None:
    OpenUploads(tmp_path / "missing", 0).require()
