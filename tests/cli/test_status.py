"""`longshore status --watch`: drawn anew on a terminal, a line for each change elsewhere."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from longshore.cli import status
from longshore.cli.main import command
from longshore.cli.registries import Registry
from longshore.cli.status import Lines, Objects
from longshore.client.errors import Unreachable
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


def test_it_goes_on_when_a_server_does_not_answer_for_a_while(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    down = Unreachable("registry.test: Connection refused")
    answers: list[Any] = [[STARTING.reply], down, down, [HEALTHY.reply], KeyboardInterrupt()]
    monkeypatch.setattr(status, "PAUSE", 0)

    @contextlib.contextmanager
    def opened(_: Registry) -> Iterator[Any]:
        yield SimpleNamespace(pages=lambda *_: answer(answers.pop(0)))

    monkeypatch.setattr(Registry, "opened", opened)
    command("status")(["--watch"], standalone_mode=False)
    shown = capsys.readouterr()
    assert shown.err == f"longshore: {down}: trying again\n"
    assert [line.rpartition(" ")[2] for line in shown.out.splitlines()[1:]] == [
        "starting",
        "healthy",
    ]


def answer(given: Any) -> Any:
    """What a server answers; or that it does not, or that somebody ends the program."""
    if isinstance(given, BaseException):
        raise given
    return given


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
