"""Referrers: what is attached to a manifest, such as signatures, and attaching more.

Decides where they are found (distribution-spec, "Listing Referrers"): by the API, or in the index
under the tag `sha256-<hex>` where a registry has none; and which other tags belong to a manifest:
those that cosign makes of its digest.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx

from longshore.client import indexes, manifests
from longshore.client.manifests import Pulled
from longshore.client.transport import Repository, Request
from longshore.oci import manifest as oci
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestUnknown
from longshore.oci.manifest import Descriptor, Manifest
from longshore.oci.names import Tag

COSIGN_ENDINGS = (".sig", ".att", ".sbom")

_NO_API = frozenset({301, 302, 303, 307, 308, 400, 404, 405})

_attaching = threading.Lock()  # an index under a fallback tag is read, changed and written


def find(repository: Repository, subject: Digest) -> list[Descriptor]:
    """What is attached to a manifest, whether or not that is there."""
    if not repository.registry.lacks_referrers:
        found = _ask(repository, subject)
        if found is not None:
            return found
        repository.registry.lacks_referrers = True
    return _in_fallback(repository, subject)


def attach(repository: Repository, manifest: Manifest, digest: Digest) -> None:
    """List a manifest that was pushed with its subject, for a registry that does not by itself."""
    if manifest.subject is None:
        return
    with _attaching:
        listed = _in_fallback(repository, manifest.subject)
        if any(each.digest == digest for each in listed):
            return
        listed.append(
            Descriptor(
                manifest.media_type,
                digest,
                len(manifest.content),
                artifact_type=manifest.artifact_type,
                annotations=manifest.annotations or None,
            )
        )
        content = indexes.encode(listed)
        pulled = Pulled(Digest.of(content), media_types.OCI_INDEX, content)
        manifests.put(repository, pulled, fallback_tag(manifest.subject))


def fallback_tag(subject: Digest) -> Tag:
    """distribution-spec, "Referrers Tag Schema": of the digest, at most 64 characters."""
    return Tag(f"{subject.algorithm}-{subject.hex[:64]}")


def cosign_tags(subject: Digest) -> list[Tag]:
    """Where cosign keeps what it attaches to a manifest: that has a digest of sha256, always."""
    if subject.algorithm != "sha256":
        return []
    return [Tag(f"sha256-{subject.hex}{ending}") for ending in COSIGN_ENDINGS]


def _ask(repository: Repository, subject: Digest) -> list[Descriptor] | None:
    """All pages of the API's list; None where there is no API.

    GitHub's registry has none, and leads to a page for people, which few may ask for at a time.
    """
    found: list[Descriptor] = []
    target = f"{repository.name}/referrers/{subject}"
    while target:
        request = Request("GET", target, repository.scopes("pull"), accepts=_NO_API, follows=False)
        response = repository.registry.send(request)
        if not response.is_success:
            return None
        found += _listed(response)
        following = response.links.get("next", {}).get("url", "")
        target = str(response.url.join(following)) if following else ""
    return found


def _listed(response: httpx.Response) -> Iterator[Descriptor]:
    media_type = response.headers.get("content-type", media_types.OCI_INDEX)
    yield from oci.parse(response.content, media_type).parts


def _in_fallback(repository: Repository, subject: Digest) -> list[Descriptor]:
    try:
        pulled = manifests.get(repository, fallback_tag(subject))
    except ManifestUnknown:
        return []
    if pulled.media_type not in media_types.INDEXES:
        return []
    return list(oci.parse(pulled.content, pulled.media_type).parts)
