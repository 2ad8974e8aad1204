"""Requests to registries of this machine, over plain sockets: where no network is slower than we.

Decides that large content is copied as little as can be: a file goes from the disk's cache into the
socket within the kernel, and what comes is handed on as it was read. It is a transport of httpx,
which does all the rest, and whose own takes what is encrypted. Every body has a Content-Length.
"""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Protocol, cast

import httpx

PIECE = 1024 * 1024  # bytes read at a time
MOST_IDLE = 32  # connections to one address that are kept for the next requests

# The extension of a request whose body can be sent by a function that is given the socket.
SENDER = "longshore.sender"
Sender = Callable[[socket.socket], None]

_Address = tuple[str, int]


class Loopback(httpx.BaseTransport):
    """Connections that any thread may use, with one request at a time on each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[_Address, list[HTTPConnection]] = {}

    @cached_property
    def _encrypted(self) -> httpx.BaseTransport:
        """For a registry of this machine with a certificate, and where one leads to."""
        return httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.TransportError, as every transport does."""
        if request.url.scheme != "http":
            return self._encrypted.handle_request(request)
        address = request.url.host, request.url.port or 80
        timeouts = request.extensions.get("timeout", {})
        connection = self._take(address) or _connect(address, timeouts.get("connect"))
        connection.sock.settimeout(timeouts.get("read"))
        try:
            is_sent = _send(connection, request)
            with _told():
                reply = connection.getresponse()
        except BaseException:
            connection.close()
            raise

        def done(*, is_whole: bool) -> None:
            if is_sent and is_whole and not reply.will_close:
                self._keep(address, connection)
            else:
                connection.close()

        return httpx.Response(reply.status, headers=_headers(reply), stream=_Body(reply, done))

    def close(self) -> None:
        with self._lock:
            for connection in itertools.chain.from_iterable(self._idle.values()):
                connection.close()
            self._idle.clear()
        if "_encrypted" in self.__dict__:
            self._encrypted.close()

    def _take(self, address: _Address) -> HTTPConnection | None:
        """A connection that the server has not closed meanwhile."""
        with self._lock:
            idle = self._idle.get(address, [])
            while idle:
                connection = idle.pop()
                if not _is_readable(connection.sock):
                    return connection
                connection.close()
        return None

    def _keep(self, address: _Address, connection: HTTPConnection) -> None:
        with self._lock:
            idle = self._idle.setdefault(address, [])
            if len(idle) < MOST_IDLE:
                idle.append(connection)
            else:
                connection.close()


class _Done(Protocol):
    def __call__(self, *, is_whole: bool) -> None: ...


class _Body(httpx.SyncByteStream):
    """The body of a reply. `done` is called once there is no more, or nobody wants it."""

    def __init__(self, reply: HTTPResponse, done: _Done) -> None:
        self._reply = reply
        self._done = done
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        with _told():
            while piece := self._reply.read1(PIECE):
                yield piece
        if self._reply.length:
            raise httpx.RemoteProtocolError(f"{self._reply.length} bytes of the reply are missing")
        self._is_whole = True

    def close(self) -> None:
        self._reply.close()
        self._done(is_whole=self._is_whole)


def _connect(address: _Address, timeout: float | None) -> HTTPConnection:
    connection = HTTPConnection(*address, timeout=timeout)
    try:
        connection.connect()
    except TimeoutError as problem:
        raise httpx.ConnectTimeout(str(problem)) from problem
    except OSError as problem:
        raise httpx.ConnectError(str(problem)) from problem
    return connection


def _send(connection: HTTPConnection, request: httpx.Request) -> bool:
    """Send a request; answers whether all of it went.

    Who refuses a large body answers before its end, and hangs up.
    """
    target = request.url.raw_path.decode("ascii")
    try:
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.raw:
            connection.putheader(name, value)
        connection.endheaders()
        if sender := request.extensions.get(SENDER):
            sender(connection.sock)
        else:
            for piece in cast("Iterable[bytes]", request.stream):
                connection.send(piece)
    except ConnectionError:
        return False
    except TimeoutError as problem:
        raise httpx.WriteTimeout(str(problem)) from problem
    return True


def _headers(reply: HTTPResponse) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.getheaders()]


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Tell what goes wrong while reading in httpx's words."""
    try:
        yield
    except TimeoutError as problem:
        raise httpx.ReadTimeout(str(problem)) from problem
    except OSError as problem:
        raise httpx.ReadError(str(problem) or type(problem).__name__) from problem
    except HTTPException as problem:
        raise httpx.RemoteProtocolError(str(problem) or type(problem).__name__) from problem


def _is_readable(sock: socket.socket) -> bool:
    """Whether there is something, or the end: of a connection that waits for a request."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
