"""A call in a process that was forked ends and says what one from the first import on does."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.program import PATIENCE, WIDE, longshore, longshore_anew
from tests.forks import forks
from tests.processes import HOST, LOOK, Process, free_port

CALLS = {
    "what it can": ["--help"],
    "what it prints": ["config", "show"],
    "what cannot be done": ["inspect", "./nowhere"],
    "what was asked for wrongly": ["frobnicate"],
    "what an option cannot be": ["copy", "./a", "localhost:1/app", "--jobs", "many"],
}
INSTALLED = Path(sys.executable).parent


def typed(programs: Path, text: str, folder: Path, **environ: str) -> tuple[int, bytes, bytes]:
    """What a shell says that finds `longshore` there: code, output, errors."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", text],
        cwd=folder,
        env={**WIDE, "PATH": f"{programs}:{os.environ['PATH']}", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", CALLS.values(), ids=list(CALLS))
def test_a_forked_process_is_as_any_other(words: list[str]) -> None:
    forked, other = longshore(*words), longshore_anew(*words)
    assert (forked.returncode, forked.stdout, forked.stderr) == (
        other.returncode,
        other.stdout,
        other.stderr,
    )


def test_a_shell_finds_a_program_that_is_as_the_installed_one(tmp_path: Path) -> None:
    """Its words, its three files, its folder, its environment and what it leaves to others."""
    (tmp_path / "longshore.yaml").write_text("image: localhost:1/shop/app\n")
    git = tmp_path / "git"
    git.write_text('#!/bin/sh\nenv | grep -vE "^(PATH|_)=" | sort > "$SEEN"; exit 1\n')
    git.chmod(0o755)
    seen = []
    for programs in (INSTALLED, forks().programs):
        lines = [
            "longshore config show | grep -e listen -e page_limit; echo $?",
            "echo wrong | longshore user add alice --admin --password-stdin --root data; echo $?",
            "rm -r data",
            "longshore inspect ./nowhere; echo $?",
            f"PATH={tmp_path}:$PATH SEEN={tmp_path}/seen longshore tags; echo $?",
            f"unset COLUMNS; cat {tmp_path}/seen; exec longshore copy ./a ./b --jobs many 'a  b'",
        ]
        seen.append(typed(programs, "\n".join(lines), tmp_path, LONGSHORE_PAGE_LIMIT="7"))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_was_called_ends_with_its_caller(number: signal.Signals, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    words = ["serve", "--root", str(tmp_path / "data"), "--listen", f"{HOST}:{port}"]
    command = [str(forks().programs / "longshore"), *words]
    with Process(command, port, log, ready="/healthz") as called:
        called.signal(number)
        deadline = time.monotonic() + PATIENCE
        while is_open(port):
            assert time.monotonic() < deadline, called.tail()
            time.sleep(LOOK)
    assert ("stopped" in called.tail()) == (number != signal.SIGKILL)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
