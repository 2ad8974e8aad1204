"""A request and a reply, as the handlers see them, over ASGI's dictionaries.

Decides how a body is read (never beyond what was asked for, never for ever) and how a reply is
sent. Knows no route and no rule.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from longshore.api.origin import Origin
from longshore.api.patience import Patience
from longshore.oci.errors import OCIError, SizeInvalid, Unsupported
from longshore.registry.access import NOBODY, Caller
from longshore.registry.directory import Actor

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

IDLE_LIMIT = 60.0  # seconds a client may take for its next bytes
LINGER_LIMIT = 30.0  # seconds in which the rest of an unwanted body may still come

WITHOUT_PROXIES = Origin()

# Names and digests are strings of their own kinds, and JSON's are plain.
_ENCODER = msgspec.json.Encoder(enc_hook=str)
encode_json = _ENCODER.encode


class BodyTooSlow(SizeInvalid):
    status, message = 408, "the body stopped coming, or comes too slowly"


class BodyCutShort(SizeInvalid):
    """The client went away, or sent what is no body; one that only ended it still reads this."""

    message = "the body ended before it was complete"


class BodyTooLarge(SizeInvalid):
    status, message = 413, "the body is larger than this server accepts"


class QueryInvalid(Unsupported):
    status, message = 400, "the query is not understood"


class Request:
    __slots__ = (
        "__dict__",
        "_headers",
        "_is_read",
        "_origin",
        "_pace",
        "_query",
        "_raw_path",
        "_receive",
        "_scope",
        "caller",
        "id",
        "method",
        "path",
        "received",
    )

    def __init__(
        self,
        scope: Message,
        receive: Receive,
        origin: Origin = WITHOUT_PROXIES,
        pace: float = 0.0,  # bytes a second that have to come of a body
    ) -> None:
        self._scope = scope
        self._origin = origin
        self.id = ""
        self.caller: Caller = NOBODY
        self._pace = pace
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.received = 0  # bytes of the body so far
        self._raw_path: bytes = scope.get("raw_path") or b""
        self._query: bytes = scope["query_string"]
        self._headers: list[Header] = scope["headers"]
        self._receive = receive
        self._is_read = False

    def header(self, name: bytes) -> str | None:
        """The value of a header, by its lower-case name; of several, the first."""
        for key, value in self._headers:
            if key == name:
                return value.decode("latin-1")
        return None

    @property
    def actor(self) -> Actor:
        """Who does what this request asks for, as the audit log names it."""
        return Actor(self.caller.name, self.address, self.id, self.caller.identity)

    @cached_property
    def address(self) -> str:
        """The client's IP address."""
        return self._origin.address(self._scope)

    @cached_property
    def base_url(self) -> str:
        """The scheme and the host by which the client reached this server; no path, no slash."""
        return self._origin.base_url(self._scope)

    @cached_property
    def certificate_name(self) -> str | None:
        """Whom the client's certificate names, by the word of a trusted proxy that verified it."""
        subject = self._origin.certificate_subject(self._scope)
        if subject is None:
            return None
        from longshore.api.subject import common_name

        return common_name(subject)

    @property
    def has_hidden_slash(self) -> bool:
        """Whether a slash was sent as %2F: no name has one, and proxies disagree about it."""
        return b"%" in self._raw_path and b"%2f" in self._raw_path.lower()

    @cached_property
    def query(self) -> dict[str, list[str]]:
        if not self._query:
            return {}
        found: dict[str, list[str]] = {}
        try:
            pairs = parse_qsl(self._query.decode("ascii"), keep_blank_values=True, errors="strict")
        except ValueError:
            raise QueryInvalid from None
        if b"%00" in self._query:  # U+0000, which no name has and no database keeps
            raise QueryInvalid
        for name, value in pairs:
            found.setdefault(name, []).append(value)
        return found

    def parameter(self, name: str) -> str | None:
        values = self.query.get(name)
        return values[0] if values else None

    @property
    def length(self) -> int | None:
        """Content-Length, in bytes; None for a body of unknown length."""
        header = self.header(b"content-length")
        return int(header) if header and header.isdecimal() else None

    @property
    def has_body(self) -> bool:
        return bool(self.length) or self.header(b"transfer-encoding") is not None

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes; raises BodyCutShort and BodyTooSlow, and yields no more then."""
        patience = Patience(IDLE_LIMIT, self._pace)
        try:
            while not self._is_read:
                self._is_read = True  # unless more is to come
                message = await patience.wait_for(self._receive())
                if message["type"] == "http.disconnect":
                    raise BodyCutShort
                self._is_read = not message.get("more_body", False)
                if chunk := message.get("body", b""):
                    self.received += len(chunk)
                    patience.count(len(chunk))
                    yield chunk
        except TimeoutError:
            raise BodyTooSlow(headers={"Connection": "close"}) from None
        finally:
            patience.end()

    async def body(self, limit: int, too_large: OCIError) -> bytes:
        """All of the body; raises `too_large` beyond `limit` bytes."""
        if (self.length or 0) > limit:
            raise too_large
        parts: list[bytes] = []
        async for chunk in self.chunks():
            parts.append(chunk)
            if self.received > limit:
                raise too_large
        return b"".join(parts)

    async def gone(self) -> None:
        """Wait until the client has gone away; for a request whose body nobody reads any more."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def discard(self) -> None:
        """Read what is left of the body once the reply is sent.

        A client that sends everything before it reads would otherwise see a reset, not the
        reply. One that waits for 100-continue has sent nothing, and is not asked to.
        """
        if self._is_read or not self.has_body or self.header(b"expect"):
            return
        with contextlib.suppress(BodyCutShort, BodyTooSlow, TimeoutError):
            async with asyncio.timeout(LINGER_LIMIT):
                async for _ in self.chunks():
                    pass


@dataclass(slots=True)
class Response:
    """`body` is sent as it is; with `file`, that file is, and with `stream` what it yields."""

    status: int
    headers: list[Header] = field(default_factory=list)
    body: bytes = b""
    file: str | None = None
    stream: AsyncIterator[bytes] | None = None
    length: int | None = None  # of a body that is not in `body`

    @property
    def size(self) -> int:
        return len(self.body) if self.length is None else self.length

    async def send(self, send: Send, *, with_body: bool) -> None:
        """Send it. Without a body (to a HEAD) all headers are those of the whole reply."""
        if self.status not in {204, 304}:
            self.headers.append((b"content-length", b"%d" % self.size))
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        if not with_body:
            await send({"type": "http.response.body", "body": b""})
        elif self.file is not None:
            await send({"type": "http.response.pathsend", "path": self.file})
        elif self.stream is not None:
            async for chunk in self.stream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": self.body})
