"""A registry over real sockets that behaves, but for the faults that a test asks of it.

It keeps everything in memory and notes every request. A fault is a function that is called with
each request before it is answered; it may answer by itself, cut the connection, or just wait.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.serving import HOST

PIECE = 65536


class Cut(Exception):
    """The connection ends here."""


class Seen(NamedTuple):
    """A request that came."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Message

    @property
    def authorization(self) -> str | None:
        return self.headers.get("Authorization")


Fault = Callable[["Exchange"], None]


class Faulty:
    """The registry, and what is wrong with it."""

    def __init__(self) -> None:
        self.manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.blobs: dict[str, bytes] = {}
        self.uploads: dict[str, bytearray] = {}
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.numbers = itertools.count(1)
        self.port = 0

    @property
    def host(self) -> str:
        return f"{HOST}:{self.port}"

    def asked(self, method: str, pattern: str = "") -> list[Seen]:
        return [s for s in self.seen if s.method == method and re.search(pattern, s.path)]

    def add_blob(self, content: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.blobs[digest] = content
        return digest


@contextlib.contextmanager
def serving(registry: Faulty) -> Iterator[Faulty]:
    """Serve it on a free port."""
    handler = type("Bound", (Exchange,), {"registry": registry})
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        server.daemon_threads = True
        registry.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()


class Exchange(BaseHTTPRequestHandler):
    """One request, its body and its reply."""

    protocol_version = "HTTP/1.1"
    registry: Faulty
    is_answered = False

    def handle_one_request(self) -> None:
        self.is_answered = False
        with contextlib.suppress(ConnectionError, ValueError):
            try:
                super().handle_one_request()
            except Cut:
                self.close_connection = True
                self.connection.close()

    def do_any(self) -> None:
        parts = urlsplit(self.path)
        self.route, self.query = parts.path, parse_qs(parts.query, keep_blank_values=True)
        self.registry.seen.append(Seen(self.command, self.route, self.query, self.headers))
        for fault in list(self.registry.faults):
            fault(self)
            if self.is_answered:
                return
        self._answer()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_any  # noqa: N815 - http.server's names

    def read(self, limit: int | None = None) -> Iterator[bytes]:
        """The body, or its first bytes."""
        left = int(self.headers.get("Content-Length") or 0)
        left = left if limit is None else min(left, limit)
        while left:
            piece = self.rfile.read(min(left, PIECE))
            if not piece:
                raise Cut
            left -= len(piece)
            yield piece

    def reply(
        self,
        status: int,
        body: bytes = b"",
        *,
        length: int | None = None,
        **headers: str,
    ) -> None:
        """Answer; `length` is what is said of the body, where that is not true."""
        self.is_answered = True
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status: int, code: str) -> None:
        body = {"errors": [{"code": code, "message": code.lower()}]}
        self.reply(status, json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _answer(self) -> None:
        for pattern, answer in _ROUTES:
            match = re.fullmatch(pattern, self.route)
            if match is not None:
                answer(self, *match.groups())
                return
        self.reply(404)


def _ping(exchange: Exchange) -> None:
    exchange.reply(200)


def _blob(exchange: Exchange, _: str, digest: str) -> None:
    content = exchange.registry.blobs.get(digest)
    if content is None:
        exchange.refuse(404, "BLOB_UNKNOWN")
        return
    start = re.match(r"bytes=(\d+)-", exchange.headers.get("Range", ""))
    if start is None:
        exchange.reply(200, content)
        return
    first = int(start[1])
    place = f"bytes {first}-{len(content) - 1}/{len(content)}"
    exchange.reply(206, content[first:], Content_Range=place)


def _begin(exchange: Exchange, name: str) -> None:
    upload = str(next(exchange.registry.numbers))
    exchange.registry.uploads[upload] = bytearray()
    exchange.reply(202, Location=f"/v2/{name}/blobs/uploads/{upload}?state=a%20b", Range="0-0")


def _upload(exchange: Exchange, name: str, upload: str) -> None:
    if upload not in exchange.registry.uploads:
        for _ in exchange.read():
            pass
        exchange.refuse(404, "BLOB_UPLOAD_UNKNOWN")
        return
    content = exchange.registry.uploads[upload]
    for piece in exchange.read():
        content += piece
    location = f"/v2/{name}/blobs/uploads/{upload}?state={len(content)}"
    if exchange.command != "PUT":
        status = 204 if exchange.command == "GET" else 202
        exchange.reply(status, Location=location, Range=f"0-{max(0, len(content) - 1)}")
        return
    [digest] = exchange.query["digest"]
    if exchange.registry.add_blob(bytes(content)) != digest:
        exchange.refuse(400, "DIGEST_INVALID")
        return
    del exchange.registry.uploads[upload]
    exchange.reply(201, Docker_Content_Digest=digest)


def _manifest(exchange: Exchange, name: str, reference: str) -> None:
    kept = exchange.registry.manifests
    if exchange.command == "PUT":
        content = b"".join(exchange.read())
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        kept[name, reference] = kept[name, digest] = (exchange.headers["Content-Type"], content)
        exchange.reply(201, Docker_Content_Digest=digest)
    elif (name, reference) in kept:
        media_type, content = kept[name, reference]
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        exchange.reply(200, content, Content_Type=media_type, Docker_Content_Digest=digest)
    else:
        exchange.refuse(404, "MANIFEST_UNKNOWN")


_ROUTES: list[tuple[str, Callable[..., None]]] = [
    (r"/v2/", _ping),
    (r"/v2/(.+)/blobs/uploads/", _begin),
    (r"/v2/(.+)/blobs/uploads/(\d+)", _upload),
    (r"/v2/(.+)/blobs/(sha256:[0-9a-f]+)", _blob),
    (r"/v2/(.+)/manifests/([^/]+)", _manifest),
]


def once(fault: Fault) -> Fault:
    """The fault, the first time that it answers or cuts; nothing afterwards."""
    spent: list[bool] = []

    def limited(exchange: Exchange) -> None:
        if spent:
            return
        try:
            fault(exchange)
        except Cut:
            spent.append(True)
            raise
        if exchange.is_answered:
            spent.append(True)

    return limited


def on(method: str, pattern: str, fault: Fault) -> Fault:
    """The fault, for requests with this method whose path has the pattern."""

    def limited(exchange: Exchange) -> None:
        if exchange.command == method and re.search(pattern, exchange.route):
            fault(exchange)

    return limited


def cut_reply(after: int) -> Fault:
    """Send so many bytes of a blob, and no more."""

    def cut(exchange: Exchange) -> None:
        digest = exchange.route.rpartition("/")[2]
        content = exchange.registry.blobs[digest]
        exchange.reply(200, content[:after], length=len(content))
        exchange.wfile.flush()
        raise Cut

    return cut


def cut_request(after: int, *, keep: bool = True) -> Fault:
    """Take so many bytes of an upload, and no more; what was taken is kept, or not."""

    def cut(exchange: Exchange) -> None:
        upload = exchange.route.rpartition("/")[2]
        for piece in exchange.read(after):
            if keep:
                exchange.registry.uploads[upload] += piece
        raise Cut

    return cut
