"""A look at everything that a restarted server must have, and at what it may have."""

from longshore.oci.digest import Digest
from tests.crash.model import Model
from tests.crash.wire import Wire


class Inspection:
    """Compares a server with what one client knows; `wrong` is what contradicts that."""

    def __init__(self, model: Model, port: int) -> None:
        self._model = model
        self._wire = Wire(port)
        self.wrong: list[str] = []
        self.seen = 0  # contents compared byte for byte

    def run(self) -> None:
        for repository in self._model.repositories:
            self._look_at_tags(repository)
        for repository, digest in self._model.recent:
            self._look_at_attempt(repository, digest)
        self._model.recent.clear()
        self._wire.close()

    def _look_at_tags(self, repository: str) -> None:
        listing = self._wire.send("GET", f"/v2/{repository}/tags/list")
        names = set(listing.json()["tags"]) if listing.status == 200 else set()
        expected = {tag: now for (name, tag), now in self._model.tags.items() if name == repository}
        if names - set(expected):
            self.wrong.append(f"{repository} lists {names - set(expected)}, never pushed")
        for tag, values in expected.items():
            reply = self._wire.send("GET", f"/v2/{repository}/manifests/{tag}")
            found = Digest.of(reply.body) if reply.status == 200 else None
            if found not in values or (found is None) == (tag in names):
                self.wrong.append(f"{repository}:{tag} is {found}, not one of {values}; {names}")
            elif found:
                self._require(repository, found)
            self._model.settle(repository, tag, found)

    def _require(self, repository: str, digest: Digest) -> None:
        """The manifest is served, and all that it holds, and the referrers that it has."""
        if not self._is_whole(repository, digest):
            self.wrong.append(f"{repository}@{digest} is tagged, and not served whole")
        expected = self._model.referrers.get((repository, digest), set())
        if expected:
            reply = self._wire.send("GET", f"/v2/{repository}/referrers/{digest}")
            listed = {one["digest"] for one in reply.json()["manifests"]}
            if expected - listed:
                self.wrong.append(f"{repository}@{digest} lost referrers {expected - listed}")
        for referrer in expected:
            if not self._is_whole(repository, referrer):
                self.wrong.append(f"{repository}@{referrer} refers to {digest}, and is not whole")

    def _is_whole(self, repository: str, digest: Digest) -> bool:
        """Whether the manifest and everything below it are served, byte for byte."""
        pushed = self._model.manifests[digest].manifest
        if not self._is_served(f"/v2/{repository}/manifests/{digest}", pushed.content):
            return False
        return all(self._is_whole(repository, child) for child in pushed.children) and all(
            self._is_served(f"/v2/{repository}/blobs/{blob}", self._model.contents[blob])
            for blob in pushed.blobs
        )

    def _is_served(self, path: str, content: bytes) -> bool:
        reply = self._wire.send("GET", path)
        self.seen += 1
        if reply.status == 200 and reply.body != content:
            self.wrong.append(f"{path} has {len(reply.body)} other bytes")
        return reply.status == 200

    def _look_at_attempt(self, repository: str, digest: Digest) -> None:
        """A manifest that nobody promised may be there or not, but never in part."""
        path = f"/v2/{repository}/manifests/{digest}"
        if self._wire.send("GET", path).status == 404 or self._is_whole(repository, digest):
            return
        if self._wire.send("GET", path).status != 404:  # nor was it collected just now
            self.wrong.append(f"{repository}@{digest} is there in part")
