"""What the registry under test serves, read over plain HTTP without any client in between.

The judge of every client test: it hashes what it reads and compares headers with bodies.
Knows the distribution API as its specification has it, and nothing of Longshore.
"""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from tests.clients.content import Descriptor, Layout, Tree, digest_of, tree


@dataclass(frozen=True)
class Repository:
    """One repository of a registry."""

    http: httpx.Client
    name: str

    @property
    def image(self) -> str:
        """Return the name as clients write it, with the host in front."""
        return f"{self.http.base_url.netloc.decode()}/{self.name}"

    def below(self, name: str) -> "Repository":
        return Repository(self.http, f"{self.name}/{name}")

    def manifest(self, reference: str) -> httpx.Response:
        """Return a manifest, whose headers fit its bytes."""
        answer = self.http.get(f"{self.name}/manifests/{reference}").raise_for_status()
        named = answer.headers["Docker-Content-Digest"]
        assert named == digest_of(answer.content, named.partition(":")[0])
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        return answer

    def digest(self, reference: str) -> str:
        digest: str = self.manifest(reference).headers["Docker-Content-Digest"]
        return digest

    def tree(self, reference: str) -> Tree:
        """Return a manifest and all it needs."""

        def fetch(kind: str, digest: str) -> bytes:
            return self.http.get(f"{self.name}/{kind}/{digest}").raise_for_status().content

        return tree(self.digest(reference), fetch)

    def has(self, kind: str, reference: str) -> bool:
        """Say whether a HEAD of one of the "manifests" or "blobs" finds it."""
        status = self.http.head(f"{self.name}/{kind}/{reference}").status_code
        assert status in {200, 404}
        return status == 200

    def tags(self) -> list[str]:
        return self._listed(f"{self.name}/tags/list", "tags")

    def referrers(self, digest: str) -> list[str]:
        """Return the digests of the referrers of a manifest."""
        found = self._listed(f"{self.name}/referrers/{digest}", "manifests")
        return [descriptor["digest"] for descriptor in found]

    def is_listed(self) -> bool:
        """Say whether the catalog has the repository."""
        return self.name in self._listed("_catalog?n=1000", "repositories")

    def push(self, layout: Layout, descriptor: Descriptor, tag: str = "") -> None:
        """Store a manifest of a layout, with all it needs, leaves first."""
        content = layout.tree(descriptor)
        manifests = {
            digest: json.loads(body)["mediaType"]
            for digest, body in content.items()
            if body.startswith(b'{"schemaVersion"')
        }
        for digest in content.keys() - manifests.keys():
            self._push_blob(digest, content[digest])
        # `tree` meets parents before their children.
        for digest, media_type in reversed(manifests.items()):
            reference = tag if tag and digest == descriptor["digest"] else digest
            self.http.put(
                f"{self.name}/manifests/{reference}",
                content=content[digest],
                headers={"Content-Type": media_type},
            ).raise_for_status()

    def _push_blob(self, digest: str, content: bytes) -> None:
        session = self.http.post(f"{self.name}/blobs/uploads/").raise_for_status()
        location = session.url.join(session.headers["Location"])
        target = location.copy_merge_params({"digest": digest})
        self.http.put(target, content=content).raise_for_status()

    def _listed(self, path: str, key: str) -> list[Any]:
        found: list[Any] = self.http.get(path).raise_for_status().json()[key]
        return found
