"""Names of images as users write them: `[host/]name[:tag][@digest]`.

Decides where the host ends, and what a name without one means: Docker Hub, as everywhere else
where images are named. A first part is a host if it has a dot, a colon or a capital, or is
`localhost`; an image of Docker Hub with a name of one part is in `library/`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from longshore.oci.digest import Digest
from longshore.oci.errors import NameInvalid
from longshore.oci.names import Reference, RepositoryName, Tag

DOCKER_HUB = "docker.io"
DEFAULT_TAG = Tag("latest")

_HOST = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?"
)


class ImageReference(NamedTuple):
    """An image of a repository of a host: by tag, by digest, by both, or just where to look."""

    host: str
    repository: RepositoryName
    tag: Tag | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Raises NameInvalid, ManifestInvalid for a bad tag, or DigestInvalid."""
        rest, has_digest, digest = text.partition("@")
        name, colon, tag = rest.rpartition(":")
        if not colon or "/" in tag:
            name, colon, tag = rest, "", ""
        host, repository = _split(name)
        return cls(
            host,
            RepositoryName.parse(repository),
            Tag.parse(tag) if colon else None,
            Digest.parse(digest) if has_digest else None,
        )

    @property
    def reference(self) -> Reference:
        """What to ask the repository for: the digest says more than the tag, `latest` least."""
        return self.digest or self.tag or DEFAULT_TAG

    @property
    def name(self) -> str:
        """Host and repository."""
        return f"{self.host}/{self.repository}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


def _split(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if not slash or not is_host(first):
        return DOCKER_HUB, name if slash else f"library/{name}"
    host = parse_host(first)
    if host == DOCKER_HUB and "/" not in rest:
        rest = f"library/{rest}"
    return host, rest


def is_host(text: str) -> bool:
    """Whether the first part of a name is a host, not a part of the repository's name."""
    return "." in text or ":" in text or text == "localhost" or text != text.lower()


def parse_host(text: str) -> str:
    """A host and its port, as `host:port`; raises NameInvalid. Docker Hub has one name."""
    if _HOST.fullmatch(text) is None:
        raise NameInvalid("a registry is written host or host:port", detail={"host": text[:200]})
    host = text.lower()
    return DOCKER_HUB if host in {DOCKER_HUB, "index.docker.io", "registry-1.docker.io"} else host
