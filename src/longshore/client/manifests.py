"""Manifests of a repository: looked for, pulled and pushed by their exact bytes.

Decides that bytes are what their digest says, whoever sends them. What a manifest says is read
by `oci.manifest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

import httpx

from longshore.client.transport import Repository, Request
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import (
    DigestInvalid,
    ManifestTooLarge,
    ManifestUnknown,
    Unsupported,
)
from longshore.oci.names import Reference, Tag

LIMIT = 16 * 1024 * 1024  # bytes; registries take 4 MiB, and some more

_KNOWN = sorted(media_types.IMAGES | media_types.INDEXES)
_ACCEPT = {"Accept": ", ".join([*_KNOWN, "*/*"])}


class Pulled(NamedTuple):
    """A manifest, whose bytes have this digest."""

    digest: Digest
    media_type: str
    content: bytes


class Expected(NamedTuple):
    """Where a tag must be for a push to move it: at a digest, or with None nowhere."""

    digest: Digest | None

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110, section 13.1; a registry that does not know them moves the tag anyway."""
        return {"If-Match": f'"{self.digest}"'} if self.digest else {"If-None-Match": "*"}


def find(repository: Repository, reference: Reference) -> Digest | None:
    """The digest of a manifest, or None if it is not there; its content is not pulled."""
    response = repository.registry.send(
        Request(
            "HEAD",
            _path(repository, reference),
            repository.scopes("pull"),
            _ACCEPT,
            accepts=frozenset({404}),
            missing=ManifestUnknown,
        )
    )
    if response.status_code == httpx.codes.NOT_FOUND:
        return None
    if isinstance(reference, Digest):
        return reference
    told = response.headers.get("docker-content-digest")
    return Digest.parse(told) if told else get(repository, reference).digest


def get(repository: Repository, reference: Reference) -> Pulled:
    """Raises ManifestUnknown, or DigestInvalid where bytes and digest do not belong together."""
    request = Request(
        "GET",
        _path(repository, reference),
        repository.scopes("pull"),
        _ACCEPT,
        missing=ManifestUnknown,
    )
    with repository.registry.open(request, streams=True) as response:
        content = _read(response)
    digest = _digest(content, reference, response.headers.get("docker-content-digest"))
    return Pulled(digest, media_types.parse(response.headers.get("content-type", "")), content)


def put(
    repository: Repository,
    manifest: Pulled,
    tag: Tag | None = None,
    expected: Expected | None = None,
) -> bool:
    """Push a manifest, by its digest alone or under a tag.

    Answers whether the registry lists it as a referrer of its subject (distribution-spec,
    "Pushing Manifests with Subject"). Raises TagMoved if the tag is not where it was expected.
    """
    headers = {"Content-Type": manifest.media_type}
    request = Request(
        "PUT",
        _path(repository, *_target(manifest.digest, tag)),
        repository.scopes("pull", "push"),
        headers | (expected.headers if expected else {}),
        manifest.content,
    )
    response = repository.registry.send(request)
    told = response.headers.get("docker-content-digest", manifest.digest)
    if told != manifest.digest:
        raise DigestInvalid(f"{repository} made {told} of what is {manifest.digest}")
    if tag and manifest.digest.algorithm != "sha256" and "oci-tag" not in response.headers:
        raise Unsupported(f"{repository.registry.host} gives tags to sha256 digests only")
    return "oci-subject" in response.headers


def name(repository: Repository, manifest: Pulled, tags: Sequence[Tag]) -> bool:
    """Set tags to a manifest, in this order; answers whether it was at one moment.

    A registry that knows end-7b of the specification sets several at once, and says which.
    """
    done: set[str] = set()
    if len(tags) > 1:
        query = "&".join(f"tag={quote(tag)}" for tag in tags)
        response = repository.registry.send(
            Request(
                "PUT",
                _path(repository, manifest.digest, f"?{query}"),
                repository.scopes("pull", "push"),
                {"Content-Type": manifest.media_type},
                manifest.content,
                accepts=frozenset({httpx.codes.REQUEST_URI_TOO_LONG}),
            )
        )
        told = response.headers.get("oci-tag", "")
        done = {word.strip() for word in told.split(",")}
    left = [tag for tag in tags if tag not in done]
    for tag in left:
        put(repository, manifest, tag)
    return not left or len(tags) == 1


def _target(digest: Digest, tag: Tag | None) -> tuple[Reference, str]:
    """By the name of a tag alone, a registry would take it for a manifest of sha256."""
    if tag is None:
        return digest, ""
    return (tag, "") if digest.algorithm == "sha256" else (digest, f"?tag={tag}")


def _path(repository: Repository, reference: Reference, query: str = "") -> str:
    return f"{repository.name}/manifests/{quote(reference, safe=':')}{query}"


def _read(response: httpx.Response) -> bytes:
    content = bytearray()
    for piece in response.iter_raw():
        content += piece
        if len(content) > LIMIT:
            raise ManifestTooLarge(f"{response.url}: a manifest of more than {LIMIT} bytes")
    return bytes(content)


def _digest(content: bytes, reference: Reference, told: str | None) -> Digest:
    """The digest of the bytes: the one that was asked for, or told, or else the usual one."""
    expected = reference if isinstance(reference, Digest) else told and Digest.parse(told)
    if not expected:
        return Digest.of(content)
    actual = Digest.of(content, expected.algorithm)
    if actual != expected:
        raise DigestInvalid(f"the bytes of {reference} are {actual}, not {expected}")
    return actual
