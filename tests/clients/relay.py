"""A slow network between a client and a server, both on loopback.

What a client sends over a connection passes at once up to a limit, and then a little every
second, until it is let through. Knows nothing of what passes.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.serving import HOST

PIECE = 64 << 10  # bytes
QUICK = 1 << 20  # bytes of each connection that pass at once
PAUSE = 1.0  # seconds after each piece beyond


class Relay:
    """Listens while it is entered. `is_slow` is set once a connection has to wait.

    `taken` are the bytes that clients have sent.
    """

    def __init__(self, port: int) -> None:
        self._target = (HOST, port)
        self._listener = socket.create_server((HOST, 0))
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []
        self._released = threading.Event()
        self.is_slow = threading.Event()
        self.taken = 0
        self.host = f"{HOST}:{self._listener.getsockname()[1]}"

    def release(self) -> None:
        """Let everything through from now on."""
        self._released.set()

    def settle(self) -> None:
        """Let everything through, and wait for both sides of each connection to end it."""
        self.release()
        for thread in self._threads[1:]:
            thread.join()

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed in the end
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                self._run(self._pass_on, client, server, QUICK)
                self._run(self._pass_on, server, client, None)

    def _pass_on(self, source: socket.socket, target: socket.socket, quick: int | None) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                passed += len(piece)
                if quick is not None:
                    self.taken += len(piece)
                if quick is not None and passed > quick:
                    self.is_slow.set()
                    self._released.wait(PAUSE)
                target.sendall(piece)
        with contextlib.suppress(OSError):  # also after a reset: the other side would wait for more
            target.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join()
