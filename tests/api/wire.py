"""The wire: requests sent byte for byte as a test writes them, and replies as they arrive.

A library for clients would mend a target, add headers or hide a reset; nothing here does.
"""

from __future__ import annotations

import http.client
import json
import select
import socket
from collections.abc import Iterable, Mapping
from email.message import Message
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.serving import HOST

PATIENCE = 30.0  # seconds without a byte after which a server counts as hung
LOOK = 0.02  # seconds between two looks at what a server does by itself

Body = bytes | Iterable[bytes]
Headers = Mapping[str, str]


class Reply(NamedTuple):
    """A reply in full."""

    status: int
    headers: Message
    content: bytes

    def header(self, name: str) -> str:
        """Return a header that must be there."""
        value = self.headers[name]
        assert value is not None, f"no {name} in {self}"
        return str(value)

    def get(self, name: str) -> str | None:
        return self.headers.get(name)

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def codes(self) -> list[str]:
        """Return the codes of a refusal, whose body must have the form that clients read."""
        assert self.header("Content-Type") == "application/json"
        body = self.json()
        assert set(body) == {"errors"}
        for error in body["errors"]:
            assert {"code", "message"} <= set(error) <= {"code", "message", "detail"}
            assert error["message"]
        return [error["code"] for error in body["errors"]]


class Connection:
    """A socket to the server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=PATIENCE)

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read(self, method: str = "GET") -> Reply:
        """Read the reply to a request of this method."""
        with http.client.HTTPResponse(self._socket, method=method) as response:
            response.begin()
            return Reply(response.status, response.headers, response.read())

    def read_interim(self) -> bytes:
        """Read the status line and the empty line of a reply that goes before the reply."""
        with self._socket.makefile("rb", buffering=0) as file:
            return file.readline() + file.readline()

    def read_some(self, limit: int = 65536) -> bytes:
        """Read whatever is there; nothing when the server has closed the connection."""
        return self._socket.recv(limit)

    def has_something(self, seconds: float) -> bool:
        """Wait that long at most for bytes, or for the server to close the connection."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def end_sending(self) -> None:
        """Tell the server that no more will come; it can still answer."""
        self._socket.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()


class Wire:
    """A server's address, and a way to ask it one thing on a connection of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def connect(self) -> Connection:
        return Connection(self.port)

    def ask(
        self, method: str, target: str, body: Body | None = None, headers: Headers | None = None
    ) -> Reply:
        """Send one request: bytes with their length, several pieces in chunks of their own."""
        with self.connect() as connection:
            start = head(method, target, {**framing(method, body), **(headers or {})})
            if isinstance(body, bytes):
                connection.write(start + body)
            else:
                connection.write(start)
                for piece in chunked(body) if body is not None else ():
                    connection.write(piece)
            return connection.read(method)

    def exchange(self, data: bytes) -> Reply:
        """Send bytes that make a request, or fail to, and read what comes back."""
        with self.connect() as connection:
            connection.write(data)
            return connection.read()


def head(method: str, target: str, headers: Headers | None = None) -> bytes:
    """Everything of a request that goes before its body."""
    lines = [f"{method} {target} HTTP/1.1", "Host: registry.test"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def framing(method: str, body: Body | None) -> dict[str, str]:
    """How a client says where the body ends."""
    if body is None:
        return {"Content-Length": "0"} if method in {"POST", "PUT", "PATCH"} else {}
    if isinstance(body, bytes):
        return {"Content-Length": str(len(body))}
    return {"Transfer-Encoding": "chunked"}


def chunked(body: Iterable[bytes]) -> Iterable[bytes]:
    """Yield each piece as a chunk, and the end."""
    for piece in body:
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"
