"""The certificate that the server shows, and the authorities of its clients' certificates.

Decides when files that change take the place of what is served. Workers read copies in memory,
which are always a fit pair: the files may be half replaced at any moment. It must not know how a
worker is started, nor what makes a pair fit.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from longshore.server.config import ConfigurationError, Settings
from longshore.server.fitness import Files, Fit, judge

LOOK_EVERY = 3.0  # seconds
WARN_EVERY = 86400.0  # seconds
SOON = 14 * 86400  # seconds before its end from which a certificate is warned of


def _read(settings: Settings) -> Files:
    return Files(*map(_content, (settings.tls_cert, settings.tls_key, settings.tls_client_ca)))


def _content(path: Path | None) -> bytes:
    try:
        return path.read_bytes() if path else b""
    except OSError as problem:
        raise ConfigurationError(f"{path}: {problem.strerror}") from None


class Certificates:
    """What is served, and the files that it came from; raises ConfigurationError if unfit."""

    def __init__(self, settings: Settings, log: FilteringBoundLogger) -> None:
        for key in ("tls_cert", "tls_key"):
            if getattr(settings, key) is None:
                raise ConfigurationError(f"{key} is missing: TLS needs both tls_cert and tls_key")
        self._settings = settings
        self._log = log
        files = _read(settings)
        fit = judge(settings, files)
        self._found: Files | str = files
        self._judged: Files | str = files
        # A worker that is just starting may still read what has been replaced.
        self._copies: deque[_Copies] = deque(maxlen=2)
        self._take(fit)
        self._warned = -WARN_EVERY
        self._warn_of_key()
        self._warn_of_end()

    def copies(self) -> _Copies:
        """Where a new worker reads what it serves with."""
        return self._copies[-1]

    def watch(self, changed: Callable[[], object]) -> None:
        """Look at the files for ever, and call this when others are to be served."""
        while True:
            time.sleep(LOOK_EVERY)
            if self.look():
                changed()
            self._warn_of_end()

    def look(self) -> bool:
        """Whether the files are others than before, and fit; if they are not, the log says why.

        Judged once they have not changed between two looks: whoever writes them takes a moment.
        """
        found = self._attempt()
        if found != self._found:
            self._found = found
            return False
        if found == self._judged:
            return False
        self._judged = found
        try:
            fit = judge(self._settings, found) if isinstance(found, Files) else None
        except ConfigurationError as problem:
            fit, found = None, str(problem)
        if fit is None:
            self._log.error("the new certificate is not served; the old one is", problem=found)
            return False
        self._take(fit)
        return True

    def _attempt(self) -> Files | str:
        try:
            return _read(self._settings)
        except ConfigurationError as problem:
            return str(problem)

    def _take(self, fit: Fit) -> None:
        self.fit = fit
        if len(self._copies) == self._copies.maxlen:
            self._copies[0].close()
        self._copies.append(_Copies(fit.files))
        end = datetime.fromtimestamp(fit.expires, UTC)
        self._log.info("certificate", file=str(self._settings.tls_cert), ends=end.isoformat())

    def _warn_of_key(self) -> None:
        path = self._settings.tls_key
        if path and path.stat().st_mode & stat.S_IROTH:
            self._log.warning("everybody on this machine can read the key", file=str(path))

    def _warn_of_end(self) -> None:
        now = time.monotonic()
        if self.fit.remaining < SOON and now - self._warned >= WARN_EVERY:
            self._warned = now
            hours = round(self.fit.remaining / 3600)
            self._log.warning("the certificate ends soon: renew it", hours=hours)


class _Copies:
    """The files in memory, under paths that processes of this user can open."""

    def __init__(self, files: Files) -> None:
        self._handles = [_in_memory(content) for content in files]
        paths = [f"/proc/{os.getpid()}/fd/{handle}" for handle in self._handles]
        self.certificate, self.key = paths[:2]
        self.client_ca = paths[2] if files.client_ca else None

    def close(self) -> None:
        for handle in self._handles:
            os.close(handle)


def _in_memory(content: bytes) -> int:
    handle = os.memfd_create("longshore")
    os.write(handle, content)
    return handle
