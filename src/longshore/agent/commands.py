"""Commands of the host, run to their end or to the end of their time.

Decides that all which a command started ends with it, and that one which outlives the agent is
waited for: it has a lock on its own file, as long as anything of it runs. Of what it prints, the
last is kept.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple, Self

from longshore.delivery.rollouts.execution import StepFailed, Unavailable

OUTPUT_LIMIT = 2000  # bytes
GRACE = 5.0  # seconds between SIGTERM and SIGKILL
PAUSE = 0.1  # seconds between two looks whether another run has ended


class Ended(NamedTuple):
    """How a command ended, and the last that it printed on either stream."""

    code: int
    """Negative is the signal that ended it."""
    output: str

    def __str__(self) -> str:
        if self.code < 0:
            return f"was ended by {signal.Signals(-self.code).name}"
        return f"ended with {self.code}"


def run(path: Path, environ: Mapping[str, str], seconds: float) -> Ended:
    """Run it, without arguments and in its folder.

    Raises StepFailed if it can not be run or does not end in time, and Unavailable if another run
    of it does not.
    """
    with _held(path, seconds) as held:
        try:
            process = subprocess.Popen(
                [path],
                cwd=path.parent,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(held,),
            )
        except OSError as problem:
            raise StepFailed(f"{path} can not be run: {problem.strerror}") from None
        with _Last(process.stdout) as last:
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE)
                code = None
            finally:
                _signal(process, signal.SIGKILL)
                process.wait()
    if code is None:
        raise StepFailed(f"{path} has not ended within {seconds:g} s", last.text())
    return Ended(code, last.text())


class _Last:
    """Reads on, and keeps the last."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        assert stream is not None  # noqa: S101  # it is a pipe
        self._stream = stream
        self._kept = b""
        # What took itself out of the group may hold the pipe open for as long as it likes.
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(GRACE)

    def text(self) -> str:
        return self._kept.decode(errors="replace").strip()

    def _read(self) -> None:
        with self._stream:
            while piece := os.read(self._stream.fileno(), OUTPUT_LIMIT):
                self._kept = (self._kept + piece)[-OUTPUT_LIMIT:]


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To all of its group, which may be there when it is not any more."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def _held(path: Path, seconds: float) -> Iterator[int]:
    """A descriptor whose lock lasts until all who have it have ended."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as problem:
        raise StepFailed(f"{path} can not be run: {problem.strerror}") from None
    deadline = time.monotonic() + seconds
    try:
        while not _locked(descriptor):
            if time.monotonic() >= deadline:
                raise Unavailable(f"{path} has not ended yet since it was last run")
            time.sleep(PAUSE)
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
