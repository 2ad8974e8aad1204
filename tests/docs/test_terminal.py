"""What serves in a terminal ends with it, wherever the tests were started."""

import signal
from pathlib import Path

import pytest

from tests.docs.terminal import Terminal


def test_what_serves_ends_where_signals_of_a_keyboard_are_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        terminal = Terminal(tmp_path)
        terminal.serve("longshore serve")
        terminal.stop()
    finally:
        signal.signal(signal.SIGINT, before)
    assert "stopped" in terminal.log()


def test_what_is_deaf_is_told_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.docs.terminal.PATIENCE", 0.5)
    terminal = Terminal(tmp_path)
    monkeypatch.setattr(terminal, "_answers", lambda _: "ready" in terminal.log())
    terminal.serve("sh -c 'trap : INT; echo ready; while :; do sleep 0.1; done'")
    with pytest.raises(AssertionError, match="ready"):
        terminal.stop()
