"""The route table: the endpoints of the distribution specification, one line each.

Decides which handler answers a path and a method. Names may contain any word of the protocol
(`blobs/uploads` is a repository), so a path is read from its right end.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from longshore.api import blobs, listings, manifests, operation, uploads
from longshore.api.messages import Request, Response
from longshore.oci.errors import NameInvalid, Unsupported

Handler = Callable[..., Awaitable[Response]]


class Route(NamedTuple):
    """`name` is the label in metrics; `pushes` are the methods that need room on the disk."""

    name: str
    pattern: re.Pattern[str]
    handlers: dict[str, Handler]
    pushes: frozenset[str] = frozenset()


class NotFound(NameInvalid):
    status, message = 404, "there is nothing at this address; the API is below /v2/"


def _route(name: str, pattern: str, pushes: str = "", /, **handlers: Handler) -> Route:
    if "GET" in handlers:
        handlers.setdefault("HEAD", handlers["GET"])
    return Route(name, re.compile(pattern), handlers, frozenset(pushes.split()))


_NAME = r"/v2/(.+)"
_LAST = r"([^/]+)"

# The specification's endpoints are named in the comments.
ROUTES = (
    _route(  # end-3, end-7, end-9
        "manifest",
        rf"{_NAME}/manifests/{_LAST}",
        "PUT",
        GET=manifests.get,
        HEAD=manifests.head,
        PUT=manifests.put,
        DELETE=manifests.delete,
    ),
    _route("uploads", rf"{_NAME}/blobs/uploads/?", "POST", POST=uploads.post),  # end-4, end-11
    _route(  # end-2, end-10
        "blob",
        rf"{_NAME}/blobs/{_LAST}",
        GET=blobs.get,
        HEAD=blobs.head,
        DELETE=blobs.delete,
    ),
    _route(  # end-5, end-6, end-13, end-14
        "upload",
        rf"{_NAME}/blobs/uploads/{_LAST}",
        "PATCH PUT",
        GET=uploads.get,
        PATCH=uploads.patch,
        PUT=uploads.put,
        DELETE=uploads.delete,
    ),
    _route("tags", rf"{_NAME}/tags/list", GET=listings.list_tags),  # end-8
    _route("referrers", rf"{_NAME}/referrers/{_LAST}", GET=listings.list_referrers),  # end-12
    _route("base", r"/v2/?", GET=operation.base),  # end-1
    _route("root", r"/", GET=operation.root),
    _route("catalog", r"/v2/_catalog", GET=listings.catalog),
    _route("healthz", r"/healthz", GET=operation.healthz),
    _route("readyz", r"/readyz", GET=operation.readyz),
    _route("metrics", r"/metrics", GET=operation.metrics),
)


def match(request: Request) -> tuple[Route, Handler, tuple[str, ...]]:
    """The route, the handler, and what the path says; raises NotFound or Unsupported."""
    if request.has_hidden_slash:
        raise NotFound
    for route in ROUTES:
        found = route.pattern.fullmatch(request.path)
        if found is not None:
            handler = route.handlers.get(request.method)
            if handler is None:
                allowed = ", ".join(sorted(route.handlers))
                raise Unsupported(
                    f"{request.method} is not possible here", headers={"Allow": allowed}
                )
            return route, handler, found.groups()
    raise NotFound
