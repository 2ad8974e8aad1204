"""`longshore status --watch`: drawn anew on a terminal, a line for each change elsewhere."""

import json
import re
from pathlib import Path

import pytest

from longshore.cli.status import Lines, Objects
from longshore.delivery.environments.deployments import Freeze
from tests.cli.managed import Folder, Typing
from tests.cli.stood import NOW, Stood

RUNNING = Stood.new().running()
STARTING, HEALTHY = RUNNING.told("starting"), RUNNING.told("healthy")


def test_each_change_is_a_line_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Lines()

    def lines(stood: Stood) -> list[str]:
        shown.show([stood.reply])
        found = capsys.readouterr().out.splitlines()
        assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in found)
        return [line[20:] for line in found]

    assert lines(STARTING)[1:] == ["staging: web-1 web develop starting"]
    assert lines(STARTING) == []
    assert lines(HEALTHY) == ["staging: web-1 web develop healthy"]
    frozen = "staging: frozen by kees: `longshore unfreeze staging` ends it"
    assert lines(HEALTHY.frozen(Freeze("kees", NOW))) == [frozen]
    assert lines(HEALTHY) == [f"over: {frozen}"]


def test_each_environment_that_changes_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Objects()

    def states(stood: Stood) -> list[str]:
        shown.show([stood.reply])
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [one["hosts"][0]["state"] for one in found]

    assert states(STARTING) == ["starting"]
    assert states(HEALTHY) == ["healthy"]
    assert states(RUNNING.told("healthy", at=NOW - 1000)) == []


def test_a_terminal_is_drawn_anew_until_interrupted(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.add_user("alice")
    folder.do("env", "create", "staging", "--image", "team/app")
    typing = Typing("status", "--watch", "--root", str(folder.root))
    typing.answer("until Ctrl-C", "")
    folder.do("freeze", "staging", "--reason", "incident 7")
    typing.interrupt("incident 7")
    assert typing.end() == 0
    assert "Traceback" not in typing.seen
