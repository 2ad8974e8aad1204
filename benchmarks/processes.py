"""A server that is measured: what memory and what CPU time its processes use.

Decides what counts as both: those of every process that it started. Knows no registry.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from tests import processes

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Process(processes.Process):
    """A server and the processes it starts."""

    def pause(self) -> None:
        """Let none of its processes run until `resume`."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def stop(self) -> int:
        self.resume()  # whoever is paused hears of nothing
        return super().stop()

    def memory(self) -> list[int]:
        """Resident bytes of each process, the largest first."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids()]
        return sorted((count * PAGE for count in pages), reverse=True)

    def cpu(self) -> float:
        """Seconds of CPU time that its processes have used so far."""
        return sum(self._ticks()) / TICKS

    def _ticks(self) -> Iterator[int]:
        for pid in self.pids():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                user, system = processes.fields(pid)[11:13]
                yield int(user) + int(system)
