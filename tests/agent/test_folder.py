"""The agent's folder: what was last due, and secrets."""

from pathlib import Path

import pytest

from longshore.agent.folder import DueFile, SecretFiles
from longshore.agent.ports import Due
from longshore.delivery.rollouts.execution import StepFailed, Unavailable
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from tests.delivery.rollouts.material import IMAGE

DUE = Due(3, (Release(Service("web", "team/web"), IMAGE, 1),))


def test_what_was_due_is_read_as_it_was_written(tmp_path: Path) -> None:
    DueFile(tmp_path / "due.json").write(DUE)
    assert DueFile(tmp_path / "due.json").read() == DUE


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"])
def test_what_can_not_be_read_is_asked_for_anew(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "due.json").write_bytes(content)
    assert DueFile(tmp_path / "due.json").read() is None


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can not be written"):
        DueFile(tmp_path / "nowhere" / "due.json").write(DUE)


def test_secrets_are_files(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("hush\n")
    secrets = SecretFiles(tmp_path)
    assert secrets("db") == "hush"
    with pytest.raises(StepFailed, match=f"write it to {tmp_path}/other"):
        secrets("other")
