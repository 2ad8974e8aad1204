"""One connection to the server, which may break at any moment."""

import http.client
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.serving import HOST

PATIENCE = 30.0  # seconds


class Cut(Exception):
    """The connection broke before the reply was complete: nobody knows what was done."""


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def code(self) -> str:
        """The error code, if it is a refusal with one."""
        return str(self.json()["errors"][0]["code"]) if self.status >= 400 and self.body else ""

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; a body in pieces is sent chunked. Raises Cut."""
        try:
            self._connection.request(method, path, body, headers or {})
            reply = self._connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        except (OSError, http.client.HTTPException) as problem:
            self._connection.close()
            raise Cut(repr(problem)) from problem

    def close(self) -> None:
        self._connection.close()
