"""What the registry under test serves, read over plain HTTP without any client in between.

The judge of every client test: it hashes what it reads and compares header with body.
Knows the distribution API as its specification has it, and nothing of Longshore.
"""

import json
from typing import Any

import httpx

from tests.clients.content import Descriptor, Layout, Tree, digest_of, tree


class Remote:
    """One registry."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/v2/", timeout=60)

    def close(self) -> None:
        self._http.close()

    def manifest(self, repository: str, reference: str) -> httpx.Response:
        """Return a manifest, whose headers fit its bytes."""
        answer = self._http.get(f"{repository}/manifests/{reference}").raise_for_status()
        named = answer.headers["Docker-Content-Digest"]
        assert named == digest_of(answer.content, named.partition(":")[0])
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        return answer

    def digest(self, repository: str, reference: str) -> str:
        digest: str = self.manifest(repository, reference).headers["Docker-Content-Digest"]
        return digest

    def tree(self, repository: str, reference: str) -> Tree:
        """Return a manifest and all it needs."""

        def fetch(kind: str, digest: str) -> bytes:
            return self._http.get(f"{repository}/{kind}/{digest}").raise_for_status().content

        return tree(self.digest(repository, reference), fetch)

    def status(self, path: str) -> int:
        return self._http.head(path).status_code

    def tags(self, repository: str) -> list[str]:
        return self._listed(f"{repository}/tags/list", "tags")

    def repositories(self) -> list[str]:
        return self._listed("_catalog", "repositories")

    def referrers(self, repository: str, digest: str) -> list[Descriptor]:
        return self._listed(f"{repository}/referrers/{digest}", "manifests")

    def push(self, repository: str, layout: Layout, descriptor: Descriptor, tag: str) -> None:
        """Store a manifest of a layout under a tag, with all it needs, leaves first."""
        content = layout.tree(descriptor)
        manifests = {
            digest: json.loads(body)["mediaType"]
            for digest, body in content.items()
            if body.startswith(b'{"schemaVersion"')
        }
        for digest in content.keys() - manifests.keys():
            self._push_blob(repository, digest, content[digest])
        # `tree` meets parents before their children.
        for digest, media_type in reversed(manifests.items()):
            reference = tag if digest == descriptor["digest"] else digest
            self._http.put(
                f"{repository}/manifests/{reference}",
                content=content[digest],
                headers={"Content-Type": media_type},
            ).raise_for_status()

    def _push_blob(self, repository: str, digest: str, content: bytes) -> None:
        session = self._http.post(f"{repository}/blobs/uploads/").raise_for_status()
        location = session.url.join(session.headers["Location"])
        self._http.put(
            location.copy_merge_params({"digest": digest}), content=content
        ).raise_for_status()

    def _listed(self, path: str, key: str) -> list[Any]:
        found: list[Any] = self._http.get(path).raise_for_status().json()[key]
        return found
