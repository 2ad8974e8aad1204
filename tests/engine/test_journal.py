"""The journal in files: what was written is read, by one at a time, and by the owner alone."""

import os
import stat
from pathlib import Path

import pytest

from longshore.delivery.rollouts.execution import Failure, Record, Rollout, Unavailable
from longshore.delivery.rollouts.planning import Container, Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.engine.journal import FileJournal, save

IMAGE = f"registry.example.com/team/web@sha256:{'1' * 64}"
RELEASE = Release(Service("web", "team/web", environment={"A": "é"}), IMAGE, 7)
FAILURE = Failure(RELEASE, "gate new", "it ended", answer="500", logs="\x00\ud7ff")
RUNNING = Running(Container("a" * 64, "web", data=("/data",), snapshot="{}"))
RECORD = Record(Rollout(RELEASE, RUNNING, "start new", FAILURE), RELEASE, (FAILURE,))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    FileJournal(tmp_path / "journal").write("web", RECORD)
    journal = FileJournal(tmp_path / "journal")
    assert journal.read("web") == RECORD
    assert journal.names() == ["web"]


def test_of_what_nothing_was_written_nothing_is_known(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    assert journal.read("web") == Record()
    assert journal.names() == []


@pytest.mark.parametrize("is_there", [True, False])
def test_files_are_their_owners_alone(tmp_path: Path, *, is_there: bool) -> None:
    if is_there:
        (tmp_path / "journal").mkdir(mode=0o755)
    journal = FileJournal(tmp_path / "journal")
    journal.write("web", RECORD)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "journal").iterdir()]
    assert modes == [0o600]
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o700


def test_a_record_that_was_cut_off_does_not_count(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    journal.write("web", RECORD)
    (tmp_path / "web.new").write_text('{"rollout": ')
    assert journal.read("web") == RECORD
    journal.write("web", Record())
    assert journal.read("web") == Record()


def test_what_is_no_record_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "web.json").write_text("{")
    with pytest.raises(Unavailable, match="then remove the file"):
        FileJournal(tmp_path).read("web")


def test_one_at_a_time_and_each_service_for_itself(tmp_path: Path) -> None:
    journal, other = FileJournal(tmp_path), FileJournal(tmp_path)
    with journal.hold("web"):
        with other.hold("db"):
            assert other.names() == []
        with pytest.raises(Unavailable, match="another process"), other.hold("web"):
            pass
    with other.hold("web"):
        assert other.names() == []


def test_where_nothing_can_be_written_nothing_is_promised(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    (tmp_path / "web.json").mkdir()
    with pytest.raises(Unavailable, match="can not be written"):
        journal.write("web", RECORD)


def test_a_file_is_open_to_whom_it_is_meant_for_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        save(tmp_path / "override", b"", 0o644)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "override").stat().st_mode) == 0o644
