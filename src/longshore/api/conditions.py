"""Conditional requests (RFC 9110, section 13), where an entity tag is a digest.

Decides whether a reader has the content already, and what must hold of a tag for a push to
move it.
"""

from __future__ import annotations

from longshore.api.messages import Request
from longshore.registry.tags import Condition


def has_already(request: Request, etag: str) -> bool:
    """Whether If-None-Match lists this entity tag, weak or strong, or is `*`."""
    header = request.header(b"if-none-match")
    if header is None:
        return False
    listed = [one.strip().removeprefix("W/") for one in header.split(",")]
    return etag in listed or listed == ["*"]


def of_push(request: Request) -> Condition:
    """What the tag must be before: one of the digests of If-Match, or not there at all."""
    expected = request.header(b"if-match")
    listed = expected.split(",") if expected else []
    return Condition(
        is_absent=request.header(b"if-none-match") == "*",
        among=frozenset(one.strip().strip('"') for one in listed) if expected else None,
    )
