"""Listings over HTTP: tags (end-8), the catalog, and referrers (end-12), a page at a time.

Decides how a page is asked for and how the next one is named: by a Link that is relative, with
the last entry in it. That entry need not exist any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from longshore.api.context import Context
from longshore.api.messages import Header, QueryInvalid, Request, Response, encode_json
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.registry import referrers, repositories, tags
from longshore.registry.records import Referrer


async def list_tags(context: Context, request: Request, name: str) -> Response:
    repository = RepositoryName.parse(name)
    limit, last = _page(context, request)
    found, more = await context.metadata.read(tags.page, repository, last, limit)
    headers = _next(f"/v2/{repository}/tags/list", {"n": limit}, found if more else [])
    return _json({"name": repository, "tags": found}, headers)


async def catalog(context: Context, request: Request) -> Response:
    """Not in the OCI specification; tools of Docker's days, and people, ask for it."""
    limit, last = _page(context, request)
    found, more = await context.metadata.read(repositories.page, request.caller, last, limit)
    headers = _next("/v2/_catalog", {"n": limit}, found if more else [])
    return _json({"repositories": found}, headers)


async def list_referrers(context: Context, request: Request, name: str, digest: str) -> Response:
    repository, subject = RepositoryName.parse(name), Digest.parse(digest)
    kind = request.parameter("artifactType") or None
    last = request.parameter("last") or ""
    found, more = await context.metadata.read(referrers.page, repository, subject, kind, last)
    query = {"artifactType": kind} if kind else {}
    names = [one.digest for one in found]
    headers = _next(f"/v2/{repository}/referrers/{subject}", query, names if more else [])
    if kind:
        headers.append((b"oci-filters-applied", b"artifactType"))
    index = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [_descriptor(one) for one in found],
    }
    return _json(index, headers, media_types.OCI_INDEX)


def _descriptor(referrer: Referrer) -> dict[str, object]:
    descriptor: dict[str, object] = {
        "mediaType": referrer.media_type,
        "digest": referrer.digest,
        "size": referrer.size,
    }
    if referrer.artifact_type:
        descriptor["artifactType"] = referrer.artifact_type
    if referrer.annotations:
        descriptor["annotations"] = referrer.annotations
    return descriptor


def _page(context: Context, request: Request) -> tuple[int, str]:
    """How many entries, at most the server's limit, and after which one."""
    text = request.parameter("n")
    if text is not None and not (text.isascii() and text.isdecimal()):
        raise QueryInvalid("n is a whole number of entries", detail={"n": text[:40]})
    limit = context.page_limit if text is None else _clamped(text, context.page_limit)
    return limit, request.parameter("last") or ""


def _clamped(text: str, limit: int) -> int:
    digits = text.lstrip("0")
    return limit if len(digits) > len(str(limit)) else min(int(digits or "0"), limit)


def _next(path: str, query: Mapping[str, object], page: Sequence[str]) -> list[Header]:
    if not page:
        return []
    link = f'<{path}?{urlencode({**query, "last": page[-1]}, quote_via=quote)}>; rel="next"'
    return [(b"link", link.encode())]


def _json(value: object, headers: list[Header], media_type: str = media_types.JSON) -> Response:
    headers.append((b"content-type", media_type.encode()))
    return Response(200, headers, encode_json(value))
