"""A server with accounts for the fuzzers, and all that lets somebody in."""

import base64
import binascii
import http.client

from longshore.registry import keys
from tests.api.pushing import Repository
from tests.api.secured import PASSWORD, Asked, Secured, basic, bearer, new_address
from tests.api.wire import Reply, head
from tests.content import index
from tests.serving import Server

SCOPE = "repository:team/app:pull,push"
TAGS = "/v2/team/app/tags/list"
FORM = "application/x-www-form-urlencoded"


class Guarded:
    """A server with accounts, and all that lets somebody in."""

    def __init__(self, server: Server) -> None:
        Repository(Secured(server).wire, "team/app").push(index(), "v1")
        self.secured = secured = Secured(server)
        secured.add_user("alice", "team:push")
        secured.grant("anonymous", "public:pull")
        self.secret = secured.add_robot("build", "team:push")
        self.token = secured.token(basic("alice"), SCOPE)
        login = secured.ask(
            Asked("GET", f"/token?offline_token=true&scope={SCOPE}"), basic("alice")
        )
        self.refresh: str = login.json()["refresh_token"]
        self.ring = secured.write(keys.ring)
        self.proofs = [
            basic("alice"),
            basic("build", self.secret),
            basic("", self.secret),
            bearer(self.secret),
            bearer(self.token),
        ]

    def ask(self, method: str, target: str, header: bytes, body: bytes = b"") -> Reply | None:
        """Send any bytes as the header; None if the server closed at once: it was no request."""
        start = head(
            method,
            target,
            {
                "X-Forwarded-For": new_address(),
                "Content-Length": str(len(body)),
                "Content-Type": FORM,
            },
        )
        line = b"Authorization: " + _sent(header) + b"\r\n" if header else b""
        with self.secured.wire.connect() as connection:
            try:
                connection.write(start[:-2] + line + b"\r\n" + body)
                reply = connection.read(method)
            except (ConnectionError, http.client.HTTPException):
                return None
        assert reply.status < 500, (reply, header, target, body)
        return reply

    def is_right(self, header: bytes) -> bool:
        """Whether somebody is let in by it who may pull."""
        scheme, _, value = _sent(header).strip(b" \t").partition(b" ")
        value = value.strip()
        if scheme.lower() == b"bearer":
            return value.decode("latin-1") in {self.token, self.secret}
        try:
            said = base64.b64decode(value)
        except binascii.Error:
            return False
        names = [f"alice:{PASSWORD}", f"build:{self.secret}", f":{self.secret}"]
        return scheme.lower() == b"basic" and said in [name.encode() for name in names]


def _sent(header: bytes) -> bytes:
    """What of it is sent: a header is one line."""
    return header.translate(None, b"\r\n")
