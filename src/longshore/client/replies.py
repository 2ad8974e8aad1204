"""Replies that are refusals, as the exceptions that the registry raised (`oci.errors`).

Decides what an error's body means to a client, and what a reply without one does: replies to HEAD
have none, and proxies write pages of their own.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import msgspec

from longshore.client.errors import UnexpectedReply
from longshore.oci.errors import Denied, OCIError, Told, TooManyRequests, Unauthorized, refusal


class _Error(msgspec.Struct):
    code: str = ""
    message: str | None = None
    detail: Any = None


class _Body(msgspec.Struct):
    errors: list[_Error] = []


def error_of(response: httpx.Response, missing: type[OCIError]) -> Exception:
    """The exception that a reply stands for, read to its end; `missing` is what a 404 means."""
    status = response.status_code
    error = _first_error(response)
    kind = refusal(error.code, status) or _of_status(status, missing)
    place = f"{response.request.method} {response.url}: {status}"
    if kind is None:
        return UnexpectedReply(f"{place} {_text(response)}".rstrip())
    message = error.message or kind.message
    problem = kind.told(Told(message, error.detail, response.headers))
    problem.add_note(place)
    return problem


def _first_error(response: httpx.Response) -> _Error:
    try:
        body = msgspec.json.decode(response.content, type=_Body)
    except msgspec.MsgspecError:
        return _Error()
    return next(iter(body.errors), _Error())


def _of_status(status: int, missing: type[OCIError]) -> type[OCIError] | None:
    known: dict[int, type[OCIError]] = {
        401: Unauthorized,
        403: Denied,
        404: missing,
        429: TooManyRequests,
    }
    return known.get(status)


def _text(response: httpx.Response) -> str:
    """The beginning of a body in one line, without the tags of a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())[:200]
