"""An operation: from a request to the values that its handler takes, and from its values to JSON.

Decides how strictly a request is read: unknown fields and parameters are refused, a parameter is
given once, a body is JSON and says so. Knows no operation.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from longshore.api.authorization import Need
from longshore.api.context import Context
from longshore.api.messages import BodyTooLarge, Request, Response, encode_json
from longshore.oci import media_types
from longshore.registry.accounts import NAME
from longshore.registry.grants import Verb
from longshore.registry.refusals import Invalid, Unknown

BODY_LIMIT = 256 * 1024  # bytes: a trust with all the conditions that it may have
REASON_LIMIT = 300  # characters of a reason, which may name what the client made up

Handler = Callable[..., Awaitable[Struct | Response | None]]
T = TypeVar("T", bound=Struct)

_NAME = re.compile(NAME)


class NotJSON(Invalid):
    """A form of another site can send anything but this type without asking (Fetch, "CORS")."""

    status = 415
    message = "the body is JSON: say `Content-Type: application/json`"


class Operation(NamedTuple):
    """A line of the table.

    `made` is the field of the reply that names what was made, below this address; `nothing` is what
    it means that there is no reply after all (204). What needs a verb is about a repository: its
    path begins with `/repositories/{repository}/`.
    """

    method: str
    path: str
    need: Need
    summary: str
    handler: Handler
    query: type[Struct] | None = None
    body: type[Struct] | None = None
    reply: type[Struct] | None = None
    made: str = ""
    nothing: str = ""

    @property
    def status(self) -> int:
        """The status of the reply when all is well."""
        if self.made:
            return 201
        return 204 if self.reply is None else 200

    async def answer(self, context: Context, request: Request, *names: str) -> Response:
        """The reply to a request whose caller may do this."""
        is_of_repository = isinstance(self.need.value, Verb)  # its name was read to ask who may
        if not all(map(_NAME.fullmatch, names[is_of_repository:])):
            raise Unknown
        given: dict[str, Struct] = {}
        query = _query(request, self.query or Struct)
        if self.query is not None:
            given["query"] = query
        if self.body is not None:
            given["body"] = await _body(request, self.body)
        return self._response(request, await self.handler(context, request, *names, **given))

    def _response(self, request: Request, reply: Struct | Response | None) -> Response:
        if isinstance(reply, Response):  # of a status of its own
            return reply
        response = Response(self.status, [(b"cache-control", b"no-store")])
        if reply is not None:
            response.headers.append((b"content-type", media_types.JSON.encode()))
            response.body = encode_json(reply)
        if self.made:
            place = f"{request.path}/{quote(getattr(reply, self.made))}"
            response.headers.append((b"location", place.encode()))
        return response


def _query(request: Request, form: type[T]) -> T:
    doubled = [name for name, values in request.query.items() if len(values) > 1]
    if doubled:
        raise Invalid(f"the parameter {doubled[0]} is given more than once"[:REASON_LIMIT])
    given = {name: values[0] for name, values in request.query.items()}
    unknown = given.keys() - set(form.__struct_fields__)
    if unknown:
        raise Invalid(f"there is no parameter {min(unknown)}"[:REASON_LIMIT])
    try:
        return msgspec.convert(given, form, strict=False)
    except msgspec.ValidationError as problem:
        raise Invalid(f"the query is not understood: {problem}"[:REASON_LIMIT]) from None


async def _body(request: Request, form: type[T]) -> T:
    kind = (request.header(b"content-type") or "").partition(";")[0]
    if kind.strip().lower() != media_types.JSON:
        raise NotJSON
    content = await request.body(BODY_LIMIT, BodyTooLarge())
    try:
        given = msgspec.json.decode(content, type=form)
        unknown = _unknown(msgspec.json.decode(content), msgspec.to_builtins(given, enc_hook=str))
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise Invalid(f"the body is not understood: {problem}"[:REASON_LIMIT]) from None
    if unknown is not None:
        raise Invalid(f"the body is not understood: there is no field {unknown}"[:REASON_LIMIT])
    return given


def _unknown(given: Any, known: Any) -> str | None:
    """A field that was given and that its form does not have, if there is one.

    Forms of this layer refuse such a field themselves; the values of the rules, of which a form
    may be made, do not.
    """
    pairs: Iterable[tuple[str, Any, Any]] = ()
    if isinstance(given, dict) and isinstance(known, dict):
        missing = given.keys() - known.keys()
        if missing:
            return str(min(missing))
        pairs = ((f"{name}.", value, known[name]) for name, value in given.items())
    elif isinstance(given, list) and isinstance(known, list | tuple):
        pairs = (("", *pair) for pair in zip(given, known, strict=False))
    for place, mine, theirs in pairs:
        found = _unknown(mine, theirs)
        if found is not None:
            return f"{place}{found}"
    return None
