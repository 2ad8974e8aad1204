"""A repository, pushed to and pulled from over the wire in one line each."""

from __future__ import annotations

from urllib.parse import urlencode

from longshore.oci.digest import Digest
from tests.api.wire import Reply, Wire
from tests.content import Pushed, image


class Repository:
    """One repository of the server; a test that needs no special form of a request uses this."""

    def __init__(self, wire: Wire, name: str) -> None:
        self.wire = wire
        self.name = name

    def path(self, rest: str) -> str:
        return f"/v2/{self.name}/{rest}"

    def ask(self, method: str, rest: str) -> Reply:
        return self.wire.ask(method, self.path(rest))

    def begin(self) -> str:
        """Begin an upload; answers its Location."""
        reply = self.ask("POST", "blobs/uploads/")
        assert reply.status == 202, reply
        return reply.header("Location")

    def push_blob(self, content: bytes, algorithm: str = "sha256") -> Digest:
        digest = Digest.of(content, algorithm)
        target = self.path(f"blobs/uploads/?{urlencode({'digest': digest})}")
        reply = self.wire.ask("POST", target, content)
        assert reply.status == 201, reply
        return digest

    def put(self, pushed: Pushed, reference: str, query: str = "", **headers: str) -> Reply:
        """Ask to put a manifest; underscores in the names of headers stand for dashes."""
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.wire.ask(
            "PUT",
            self.path(f"manifests/{reference}{query}"),
            pushed.manifest.content,
            {"Content-Type": pushed.manifest.media_type, **spelled},
        )

    def push(self, pushed: Pushed, *tags: str) -> Digest:
        """Push a manifest under these tags, or by its digest alone."""
        for reference in tags or (str(pushed.digest),):
            reply = self.put(pushed, reference)
            assert reply.status == 201, reply
        return pushed.digest

    def push_image(self, *tags: str, **details: object) -> Pushed:
        """Push an image of two blobs; what is given about it makes it another image."""
        config, layer = self.push_blob(b"{}"), self.push_blob(b"layer")
        pushed = image(config, layer, **details)  # type: ignore[arg-type]
        self.push(pushed, *tags)
        return pushed
