"""The route table: the endpoints of the distribution specification, one line each, and ours.

Decides which handler answers a path and a method, and what a caller needs for it. Names may
contain any word of the protocol (`blobs/uploads` is a repository), so a path is read from its
right end.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from longshore.api import blobs, listings, manifests, operation, tokens, uploads
from longshore.api.authorization import MANAGEMENT_PATH, TOKEN_PATH, Need
from longshore.api.management import openapi
from longshore.api.management.table import OPERATIONS
from longshore.api.messages import Request, Response
from longshore.oci.errors import NameInvalid, Unsupported

Handler = Callable[..., Awaitable[Response]]


class Endpoint(NamedTuple):
    """A handler, and what a caller needs to get to it."""

    need: Need
    handler: Handler


class Route(NamedTuple):
    """`name` is the label in metrics; `pushes` are the methods that need room on the disk.

    Where a repository is in the path, it is the first group of the pattern.
    """

    name: str
    pattern: re.Pattern[str]
    endpoints: dict[str, Endpoint]
    pushes: frozenset[str] = frozenset()


class NotFound(NameInvalid):
    status, message = 404, "there is nothing at this address; the API is below /v2/"


def _route(name: str, pattern: str, pushes: str = "", /, **endpoints: Endpoint) -> Route:
    if "GET" in endpoints:
        endpoints.setdefault("HEAD", endpoints["GET"])
    return Route(name, re.compile(pattern), endpoints, frozenset(pushes.split()))


_NAME = r"/v2/(.+)"
_LAST = r"([^/]+)"
_PARTS = {"repository": "(.+)"}  # of an address of management; the others are one component


def _open(handler: Handler) -> Endpoint:
    return Endpoint(Need.NOTHING, handler)


def _anybody(handler: Handler) -> Endpoint:
    return Endpoint(Need.ANYBODY, handler)


def _pull(handler: Handler) -> Endpoint:
    return Endpoint(Need.PULL, handler)


def _push(handler: Handler) -> Endpoint:
    return Endpoint(Need.PUSH, handler)


def _delete(handler: Handler) -> Endpoint:
    return Endpoint(Need.DELETE, handler)


def _management() -> Iterator[Route]:
    """The operations of the management API, together where they share an address."""
    for path in dict.fromkeys(one.path for one in OPERATIONS):
        parts = re.sub(r"{(\w+)}", lambda part: _PARTS.get(part[1], _LAST), path)
        endpoints = {
            one.method: Endpoint(one.need, one.answer) for one in OPERATIONS if one.path == path
        }
        yield _route(f"api{path}", f"{MANAGEMENT_PATH}{parts}", **endpoints)


# The specification's endpoints are named in the comments. Those of content come first: a request
# for content looks at no other.
ROUTES = (
    _route(  # end-3, end-7, end-9
        "manifest",
        rf"{_NAME}/manifests/{_LAST}",
        "PUT",
        GET=_pull(manifests.get),
        HEAD=_pull(manifests.head),
        PUT=_push(manifests.put),
        DELETE=_delete(manifests.delete),
    ),
    # end-4, end-11
    _route("uploads", rf"{_NAME}/blobs/uploads/?", "POST", POST=_push(uploads.post)),
    _route(  # end-2, end-10
        "blob",
        rf"{_NAME}/blobs/{_LAST}",
        GET=_pull(blobs.get),
        HEAD=_pull(blobs.head),
        DELETE=_delete(blobs.delete),
    ),
    _route(  # end-5, end-6, end-13, end-14; who may begin an upload may give it up
        "upload",
        rf"{_NAME}/blobs/uploads/{_LAST}",
        "PATCH PUT",
        GET=_push(uploads.get),
        PATCH=_push(uploads.patch),
        PUT=_push(uploads.put),
        DELETE=_push(uploads.delete),
    ),
    _route("tags", rf"{_NAME}/tags/list", GET=_pull(listings.list_tags)),  # end-8
    # end-12
    _route("referrers", rf"{_NAME}/referrers/{_LAST}", GET=_pull(listings.list_referrers)),
    _route("base", r"/v2/?", GET=Endpoint(Need.LOGIN, operation.base)),  # end-1
    _route("root", r"/", GET=_open(operation.root)),
    _route("catalog", r"/v2/_catalog", GET=Endpoint(Need.CATALOG, listings.catalog)),
    _route("token", TOKEN_PATH, GET=_anybody(tokens.get), POST=_anybody(tokens.post)),
    _route("healthz", r"/healthz", GET=_open(operation.healthz)),
    _route("readyz", r"/readyz", GET=_open(operation.readyz)),
    _route("metrics", r"/metrics", GET=Endpoint(Need.ACCOUNT, operation.metrics)),
    _route("openapi", rf"{MANAGEMENT_PATH}/openapi\.json", GET=_open(openapi.get)),
    *_management(),
)


def match(request: Request) -> tuple[Route, Endpoint, tuple[str, ...]]:
    """The route, the endpoint, and what the path says; raises NotFound or Unsupported."""
    if request.has_hidden_slash:
        raise NotFound
    for route in ROUTES:
        found = route.pattern.fullmatch(request.path)
        if found is not None:
            endpoint = route.endpoints.get(request.method)
            if endpoint is None:
                allowed = ", ".join(sorted(route.endpoints))
                raise Unsupported(
                    f"{request.method} is not possible here", headers={"Allow": allowed}
                )
            return route, endpoint, found.groups()
    raise NotFound
