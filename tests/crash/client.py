"""A client that pushes, moves, deletes and resumes as fast as it can, until the server is gone.

It keeps a model of what the server acknowledged, and notes in `wrong` whatever contradicts it.
"""

import json
import random
import threading
import time
from collections.abc import Callable

from longshore.oci.digest import Digest
from tests.content import Pushed, image, index
from tests.crash.model import Model
from tests.crash.uploading import GRACE, Uploader
from tests.crash.wire import Cut, Reply, Wire

TAGS = ("a", "b", "c")


class Client:
    def __init__(self, number: int, seed: int) -> None:
        self.random = random.Random(f"{seed} {number}")
        self.model = Model((f"client{number}/a", f"client{number}/b/c"))
        self.wrong: list[str] = []
        self.acknowledged = self.refused = self.in_doubt = 0
        self._serial = 0
        self._prepared: tuple[str, Pushed, float, str] | None = None
        self._name = number

    def run(self, port: int, may_break: threading.Event, is_over: threading.Event) -> None:
        """Work until it is over, or the connection breaks, which it only may when told so."""
        self._is_over = is_over
        wire = Wire(port)
        steps: list[Callable[[Wire], Reply | None]] = [
            *[self.push_image] * 6,
            *[self.push_index] * 2,
            *[self.push_referrer] * 2,
            self.move_tag,
            self.delete_tag,
            self.delete_manifest,
            *[self.restore_tag] * 2,
            self.delete_needed_blob,
        ]
        try:
            self._count(self.push_prepared(wire))
            Uploader(self, wire).resume()
            while not is_over.is_set():
                self._count(self.random.choice(steps)(wire))
        except Cut as cut:
            self.in_doubt += 1
            if not may_break.is_set():
                self.wrong.append(f"cut off by a server that runs: {cut}")
        finally:
            wire.close()

    def _count(self, reply: Reply | None) -> None:
        if reply is None:
            return
        if reply.status < 300:
            self.acknowledged += 1
        else:
            self.refused += 1
        if reply.status >= 500:
            self.wrong.append(f"status {reply.status}: {reply.body!r}")

    def _notes(self) -> dict[str, str]:
        """Annotations that make a manifest unlike any other."""
        self._serial += 1
        return {"serial": f"{self._name} {self._serial}"}

    def push_image(self, wire: Wire) -> Reply | None:
        repository, tag = self.random.choice(self.model.repositories), self.random.choice(TAGS)
        pushed, until = self._image(wire, repository)
        self._prepared = repository, pushed, until, tag
        if self.random.random() < 0.02 and self._is_over.wait(
            self.random.uniform(0.1, 0.5) * GRACE
        ):
            return None  # the next server gets it
        return self.push_prepared(wire)

    def push_prepared(self, wire: Wire) -> Reply | None:
        """The image whose blobs are there: for as long as was promised, whatever happened since."""
        prepared, self._prepared = self._prepared, None
        return self.put(wire, *prepared) if prepared else None

    def _image(
        self, wire: Wire, repository: str, subject: Digest | None = None
    ) -> tuple[Pushed, float]:
        """An image whose blobs are there, and until when they are kept."""
        uploader = Uploader(self, wire)
        contents = [uploader.some_content() for _ in range(self.random.randint(1, 4))]
        untils = [uploader.ensure(repository, content) for content in contents]
        blobs = [Digest.of(content) for content in contents]
        return image(*blobs, subject=subject, annotations=self._notes()), min(untils)

    def push_index(self, wire: Wire) -> Reply | None:
        """Children by digest, then the index that holds them, with a tag."""
        repository, tag = self.random.choice(self.model.repositories), self.random.choice(TAGS)
        children, untils = [], []
        for _ in range(self.random.randint(1, 2)):
            pushed, until = self._image(wire, repository)
            untils.append(time.monotonic() + GRACE)
            if self.put(wire, repository, pushed, until).status != 201:
                return None
            children.append(pushed.digest)
        return self.put(
            wire, repository, index(*children, annotations=self._notes()), min(untils), tag
        )

    def push_referrer(self, wire: Wire) -> Reply | None:
        repository = self.random.choice(self.model.repositories)
        tagged = self.model.tagged(repository)
        if not tagged:
            return None
        _, subject = self.random.choice(tagged)
        pushed, until = self._image(wire, repository, subject)
        reply = self.put(wire, repository, pushed, until)
        if reply.status == 201:
            self.model.referrers.setdefault((repository, subject), set()).add(pushed.digest)
        return reply

    def put(
        self, wire: Wire, repository: str, pushed: Pushed, until: float, tag: str | None = None
    ) -> Reply:
        """Push the manifest; what it needs is promised until then."""
        model, former = self.model, None
        model.manifests[pushed.digest] = pushed
        model.recent.append((repository, pushed.digest))
        if tag:
            former = set(model.values(repository, tag))
            model.attempt(repository, tag, pushed.digest)
        path = f"/v2/{repository}/manifests/{tag or pushed.digest}"
        manifest = pushed.manifest
        reply = wire.send("PUT", path, manifest.content, {"Content-Type": manifest.media_type})
        if reply.status == 201 and tag:
            model.settle(repository, tag, pushed.digest)
        elif reply.status != 201:
            if former:
                model.tags[repository, str(tag)] = former
            if reply.code != "MANIFEST_BLOB_UNKNOWN" or time.monotonic() < until:
                self.wrong.append(f"PUT {path}: {reply.status} {reply.body!r}")
        return reply

    def move_tag(self, wire: Wire) -> Reply | None:
        """Push again what is tagged, under another tag: nothing of it may be missing."""
        repository, tag = self.random.choice(self.model.repositories), self.random.choice(TAGS)
        tagged = self.model.tagged(repository)
        if not tagged:
            return None
        _, digest = self.random.choice(tagged)
        forever = time.monotonic() + 3600
        return self.put(wire, repository, self.model.manifests[digest], forever, tag)

    def delete_tag(self, wire: Wire) -> Reply | None:
        repository = self.random.choice(self.model.repositories)
        tagged = self.model.tagged(repository)
        if not tagged:
            return None
        tag, _ = self.random.choice(tagged)
        self.model.attempt(repository, tag, None)
        reply = wire.send("DELETE", f"/v2/{repository}/manifests/{tag}")
        self.model.settle(repository, tag, None)
        if reply.status != 202:
            self.wrong.append(f"deleting tag {tag} of {repository}: {reply.status} {reply.body!r}")
        return reply

    def delete_manifest(self, wire: Wire) -> Reply | None:
        repository = self.random.choice(self.model.repositories)
        tagged = self.model.tagged(repository)
        if not tagged:
            return None
        _, digest = self.random.choice(tagged)
        tags = self.model.tags_of(repository, digest)
        for tag in tags:
            self.model.attempt(repository, tag, None)
        reply = wire.send("DELETE", f"/v2/{repository}/manifests/{digest}")
        for tag in tags:
            self.model.settle(repository, tag, None)
        if reply.status != 202:
            self.wrong.append(f"deleting {repository}@{digest}: {reply.status} {reply.body!r}")
        return reply

    def restore_tag(self, wire: Wire) -> Reply | None:
        """Let a tag be what it was for sure, moved or deleted since; then that is there whole."""
        model = self.model
        if not model.former:
            return None
        (repository, tag), (digest, until) = self.random.choice(list(model.former.items()))
        model.attempt(repository, tag, digest)
        body = json.dumps({"tag": tag, "digest": digest}).encode()
        path = f"/api/v1/repositories/{repository}/restore"
        reply = wire.send("POST", path, body, {"Content-Type": "application/json"})
        if reply.status == 200:
            model.settle(repository, tag, digest)
            return reply
        model.tags[repository, tag] = {model.sure[repository, tag]}
        if reply.code != "GONE" or time.monotonic() < until:
            self.wrong.append(f"restoring {repository}:{tag}: {reply.status} {reply.body!r}")
        return reply

    def delete_needed_blob(self, wire: Wire) -> Reply | None:
        """A blob that a tagged image needs is refused to go."""
        repository = self.random.choice(self.model.repositories)
        tagged = self.model.tagged(repository)
        needed = [b for _, one in tagged for b in self.model.manifests[one].manifest.blobs]
        if not needed:
            return None
        path = f"/v2/{repository}/blobs/{self.random.choice(sorted(needed))}"
        reply = wire.send("DELETE", path)
        if reply.status != 405:
            self.wrong.append(f"DELETE {path} of a tagged image: {reply.status}")
        return reply
