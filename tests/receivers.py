"""Where notifications arrive: a web server and a mail server on loopback, that do as a test says.

Both keep what they were sent. Neither knows anything of what sends it.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from tests.processes import HOST, PATIENCE

Answer = tuple[int, Mapping[str, str], bytes]
OK: Answer = (200, {}, b"ok")


class Received(NamedTuple):
    """A request, as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def json(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str, now: float | None = None) -> bool:
        """Whether a receiver that has the secret believes it (Standard Webhooks, "Verifying")."""
        sent_at = int(self.headers["webhook-timestamp"])
        if abs((now or time.time()) - sent_at) > 300:
            return False
        key = base64.b64decode(secret.split("_", 1)[1], validate=True)
        content = f"{self.id}.{sent_at}.".encode() + self.body
        mine = hmac.new(key, content, hashlib.sha256).digest()
        versions = (one.split(",", 1) for one in self.headers["webhook-signature"].split(" "))
        given = [base64.b64decode(text) for version, text in versions if version == "v1"]
        return any(hmac.compare_digest(mine, one) for one in given)


class Inbox:
    """What has arrived, in order, and how to wait for it."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self._changed = threading.Condition()

    def add(self, one: Any) -> None:
        with self._changed:
            self.received.append(one)
            self._changed.notify_all()

    def wait(self, number: int = 1) -> list[Any]:
        """All of it, once so many have arrived."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.received) >= number, PATIENCE):
                raise RuntimeError(f"only {len(self.received)} of {number} have arrived")
            return list(self.received)


class WebReceiver(Inbox):
    """A web server; `answer` decides what it says to a request that it keeps."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.answer: Callable[[Received], Answer] = lambda _: OK
        self.url = f"http://{HOST}:{port}/hook"


@contextlib.contextmanager
def web_receiver(
    port: int = 0, inbox: WebReceiver | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[WebReceiver]:
    """Serve for as long as this is entered; with an `inbox`, go on with what that has."""
    server = ThreadingHTTPServer((HOST, port), BaseHTTPRequestHandler)
    receiver = inbox or WebReceiver(server.server_address[1])
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        receiver.url = receiver.url.replace("http://", "https://")
    server.RequestHandlerClass = _handler(receiver)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(receiver: WebReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.path, headers, body)
            status, named, said = receiver.answer(request)
            receiver.add(request)
            self.send_response(status)
            for name, value in named.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class Mail(NamedTuple):
    """A message with its envelope; `login` is what was shown of a user and a password."""

    sender: str
    recipients: list[str]
    content: str
    login: tuple[str, str] | None
    is_encrypted: bool


class MailReceiver(Inbox):
    """A mail server (RFC 5321), one connection at a time.

    `replies` has what it says to a command in place of what it would. With `tls` it offers
    STARTTLS, or speaks it from the start.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, is_implicit: bool = False) -> None:
        super().__init__()
        self.replies: dict[str, str] = {}
        self._tls = tls
        self._is_implicit = is_implicit
        self._socket = socket.create_server((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, EOFError):  # the client hung up
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.ExitStack() as opened:
            opened.callback(connection.close)
            if self._tls and self._is_implicit:
                connection = self._tls.wrap_socket(connection, server_side=True)
            conversation = _Conversation(self, connection, self._tls)
            opened.callback(conversation.close)
            conversation.run()


class _Conversation:
    def __init__(
        self, receiver: MailReceiver, connection: socket.socket, tls: ssl.SSLContext | None
    ) -> None:
        self._receiver = receiver
        self._tls = tls
        self._login: tuple[str, str] | None = None
        self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        self._connection = connection
        self._is_encrypted = isinstance(connection, ssl.SSLSocket)
        self._file = connection.makefile("rb")
        self._sender, self._recipients = "", list[str]()

    def close(self) -> None:
        self._file.close()
        self._connection.close()

    def run(self) -> None:
        self._say("220 mail.example.com")
        while True:
            line = self._line()
            word = line.split(" ", 1)[0].split(":")[0].upper()
            reply = self._receiver.replies.get(word)
            if reply:
                self._say(reply)
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                getattr(self, f"_{word.lower()}", self._unknown)(line)

    def _unknown(self, _: str) -> None:
        self._say("250 ok")

    def _ehlo(self, _: str) -> None:
        offered = ["AUTH PLAIN"]
        if self._tls and not self._is_encrypted:
            offered.append("STARTTLS")
        self._say(*(f"250-{one}" for one in ("hello", *offered)), "250 8BITMIME")

    def _starttls(self, _: str) -> None:
        assert self._tls is not None
        self._say("220 go on")
        self._file.close()
        self._begin(self._tls.wrap_socket(self._connection, server_side=True))

    def _auth(self, line: str) -> None:
        _, name, password = base64.b64decode(line.rsplit(maxsplit=1)[-1]).decode().split("\0")
        self._login = name, password
        self._say("235 welcome")

    def _mail(self, line: str) -> None:
        self._sender = line[line.index("<") + 1 : line.index(">")]
        self._say("250 ok")

    def _rcpt(self, line: str) -> None:
        self._recipients.append(line[line.index("<") + 1 : line.index(">")])
        self._say("250 ok")

    def _data(self, _: str) -> None:
        self._say("354 go on")
        lines = []
        while (line := self._line()) != ".":
            lines.append(line.removeprefix("."))
        content = "\n".join(lines)
        self._receiver.add(
            Mail(self._sender, self._recipients, content, self._login, self._is_encrypted)
        )
        self._say("250 taken")

    def _line(self) -> str:
        line = self._file.readline()
        if not line:
            raise EOFError
        return line.decode().rstrip("\r\n")

    def _say(self, *lines: str) -> None:
        self._connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
