"""Granian's server, with workers that can be replaced while transfers run.

Decides what becomes of workers whose time is over: new ones serve first, then the old ones take
no more connections, and each ends with its last transfer, however long that takes. Granian by
itself would wait for one after the other, deaf to signals, and kill those that take too long.
"""

# mypy: no-disallow-untyped-calls
# (Granian's own methods have no annotations.)

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from granian.server.mp import MPServer, WorkerProcess

from longshore.server.config import Settings

if TYPE_CHECKING:
    from longshore.server.certificates import Certificates


class Workers(MPServer):
    """`renew` is what replaces them, and may be called in any thread."""

    def __init__(
        self, settings: Settings, certificates: Certificates | None, **options: Any
    ) -> None:
        super().__init__("longshore", **options)
        self._protocol = f"tls{settings.tls_min_version}"
        self._certificates = certificates
        self._retired: list[WorkerProcess] = []
        self._show()
        self.on_reload(self._show)

    def renew(self) -> None:
        self.signal_handler_reload()

    def _show(self) -> None:
        """Let workers that begin from now on show the present certificate."""
        if self._certificates is not None:
            copies = self._certificates.copies()
            verifies = copies.client_ca is not None
            # Not by Granian's options: it would look for files behind the paths.
            context: Any = (
                *(True, copies.certificate, copies.key, None),
                *(self._protocol, copies.client_ca, [], verifies),
            )
            self.ssl_ctx = context

    def _respawn_workers(
        self, workers: Sequence[int], spawn_target: Any, target_loader: Any, delay: float = 0
    ) -> None:
        retiring = [self.wrks[index] for index in workers]
        for index in workers:
            self.respawned_wrks[index] = time.monotonic()
            self.wrks[index] = self._spawn_worker(index, spawn_target, target_loader)
            self.wrks[index].start()
        self.main_loop_interrupt.wait(delay)
        for worker in retiring:
            worker.terminate()
        self._retired = [worker for worker in (*self._retired, *retiring) if worker.is_alive()]

    def _stop_workers(self) -> None:
        self.wrks += self._retired
        super()._stop_workers()
