"""Something that listens where an engine would, and says what engines say first."""

import contextlib
import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path


class _Greeting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = json.dumps({"ApiVersion": "1.41"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def address_string(self) -> str:
        return "a socket"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nobody reads it."""


@contextlib.contextmanager
def greeting(socket: Path) -> Iterator[str]:
    """Greet at a socket of this path; yields its address."""
    with socketserver.ThreadingUnixStreamServer(str(socket), _Greeting) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"unix://{socket}"
        finally:
            server.shutdown()
            thread.join()
