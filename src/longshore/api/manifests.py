"""Manifests over HTTP (end-3, end-7, end-9).

Decides headers. Whatever Accept says, what is stored is what is served, under the type it was
pushed with: anything else would have another digest.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from longshore.api import conditions, provenance
from longshore.api.context import Context
from longshore.api.messages import Header, Request, Response
from longshore.delivery.tags import pushes
from longshore.oci import manifest as oci
from longshore.oci.digest import Digest
from longshore.oci.errors import ManifestInvalid, ManifestTooLarge
from longshore.oci.names import Reference, RepositoryName, Tag, parse_reference
from longshore.registry import manifests, tags
from longshore.registry.history import UNKNOWN
from longshore.registry.records import StoredManifest

# A larger one is parsed in a thread, so that it does not hold up other requests.
_LARGE = 64 * 1024


async def get(context: Context, request: Request, name: str, reference: str) -> Response:
    repository, wanted = RepositoryName.parse(name), parse_reference(reference)
    return _render(request, await context.metadata.read(manifests.find, repository, wanted))


async def head(context: Context, request: Request, name: str, reference: str) -> Response:
    """As GET, and a promise to a client that will skip a push (protocol: "HEAD-seen")."""
    repository, wanted = RepositoryName.parse(name), parse_reference(reference)
    return _render(request, await manifests.promise(context.metadata, repository, wanted))


def _render(request: Request, manifest: StoredManifest) -> Response:
    etag = f'"{manifest.digest}"'
    headers: list[Header] = [
        (b"docker-content-digest", manifest.digest.encode()),
        (b"etag", etag.encode()),
    ]
    if conditions.has_already(request, etag):
        return Response(304, headers)
    headers.append((b"content-type", manifest.media_type.encode()))
    if not manifest.media_type.startswith("application/"):
        # Anybody who may push chooses the type: no browser shall run what it says.
        headers.append((b"content-security-policy", b"sandbox; default-src 'none'"))
        headers.append((b"x-content-type-options", b"nosniff"))
    return Response(200, headers, manifest.content)


async def put(context: Context, request: Request, name: str, reference: str) -> Response:
    repository, wanted = RepositoryName.parse(name), parse_reference(reference)
    names = _tags(request, wanted)
    condition = conditions.of_push(request)
    content_type = request.header(b"content-type") or ""
    limit = context.manifest_limit
    too_large = ManifestTooLarge(f"a manifest has at most {limit} bytes")
    content = await request.body(limit, too_large)
    manifest = await parse(content, content_type)
    digest = manifests.digest_of(content, wanted)
    origin = await provenance.of(context, repository, manifest) if names else UNKNOWN
    terms = tags.Terms(condition, origin)
    await context.by(request).write(pushes.push, repository, digest, manifest, names, terms)
    return _created(repository, wanted, digest, manifest, names)


def _tags(request: Request, wanted: Reference) -> list[Tag]:
    """The tag of the path, or those of end-7b: `PUT manifests/<digest>?tag=a&tag=b`."""
    extra = [Tag.parse(text) for text in request.query.get("tag", ())]
    if isinstance(wanted, Digest):
        return extra
    if extra:
        raise ManifestInvalid("tags in the query need a digest in the path")
    return [wanted]


async def parse(content: bytes, content_type: str) -> oci.Manifest:
    """As `oci.manifest.parse`, and a large one does not hold up other requests."""
    if len(content) > _LARGE:
        return await asyncio.to_thread(oci.parse, content, content_type)
    return oci.parse(content, content_type)


def _created(
    repository: RepositoryName,
    wanted: Reference,
    digest: Digest,
    manifest: oci.Manifest,
    names: list[Tag],
) -> Response:
    headers: list[Header] = [
        (b"location", f"/v2/{repository}/manifests/{quote(wanted, safe=':')}".encode()),
        (b"docker-content-digest", digest.encode()),
    ]
    if manifest.subject is not None:
        headers.append((b"oci-subject", manifest.subject.encode()))
    if names and isinstance(wanted, Digest):
        headers.append((b"oci-tag", ", ".join(names).encode()))
    return Response(201, headers)


async def delete(context: Context, request: Request, name: str, reference: str) -> Response:
    repository, wanted = RepositoryName.parse(name), parse_reference(reference)
    if isinstance(wanted, Digest):
        await context.by(request).write(pushes.delete, repository, wanted)
    else:
        await context.by(request).write(pushes.untag, repository, wanted)
    return Response(202)
