"""The OpenAPI document of the management API, made from its table.

Decides how an operation is described to programs. Says nothing that the table does not.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

import longshore
from longshore.api.authorization import MANAGEMENT_PATH, Need
from longshore.api.context import Context
from longshore.api.management import policies
from longshore.api.management.operations import Operation
from longshore.api.management.table import OPERATIONS
from longshore.api.messages import Request, Response
from longshore.oci import media_types
from longshore.registry.accounts import NAME

Object = dict[str, Any]

_NEEDS = {
    Need.SELF: "For everybody who has shown who it is.",
    Need.GRANT: "For who administers the pattern.",
    Need.ENVIRONMENT: "For who has a part in the environment; for anybody on an open registry.",
    Need.MANAGE: "For administrators of everything.",
    Need.ANYBODY: "For everybody.",
    Need.PULL: "For who may pull from the repository.",
    Need.PUSH: "For who may push to the repository.",
    Need.DELETE: "For who may delete from the repository.",
}
_REFUSALS = {
    "400": "The request is not understood, or asks for what can not be.",
    "401": "It is not shown who calls.",
    "403": "The caller may not.",
    "404": "There is nothing of that name.",
    "409": "There is one of that name already.",
    "413": "The body is too large.",
    "415": "The body is no JSON, or does not say so.",
    "429": "There were too many failed logins; `Retry-After` says for how long to wait.",
    "default": "It failed.",
}
_ABOUT = """\
All of a registry but its content: who may do what, what is kept and told, what its tags were and \
are to be, and what environments run. Who calls is shown by a name and a password (Basic), or a \
robot's secret (Bearer). A registry without accounts refuses what takes one: the first is made on \
its machine, by `longshore user add NAME --admin`."""


class ErrorLine(Struct):
    """One reason; `code` is for programs, `message` for people."""

    code: str
    message: str
    detail: Any = None


class Errors(Struct):
    """Why it was refused, in the form of the distribution specification."""

    errors: list[ErrorLine]


async def get(context: Context, request: Request) -> Response:
    return Response(200, [(b"content-type", media_types.JSON.encode())], document())


@functools.cache
def document() -> bytes:
    """The whole document, as JSON."""
    paths: dict[str, Object] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Longshore: management",
            "version": longshore.__version__,
            "description": _ABOUT,
        },
        "servers": [{"url": MANAGEMENT_PATH}],
        "security": [{"password": []}, {"secret": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": {
                status: {"description": text, "content": _content(Errors)}
                for status, text in _REFUSALS.items()
            },
            "securitySchemes": {
                "password": {"type": "http", "scheme": "basic"},
                "secret": {"type": "http", "scheme": "bearer"},
            },
        },
    }
    return msgspec.json.encode(whole)


def _described(operation: Operation) -> Object:
    _, _, noun = operation.handler.__module__.rpartition(".")
    described: Object = {
        "operationId": f"{noun}_{operation.handler.__name__}",
        "tags": [noun],
        "summary": operation.summary,
        "description": _NEEDS[operation.need],
        "parameters": [*_names(operation), *_query(operation)],
        "responses": dict(_responses(operation)),
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    return described


def _names(operation: Operation) -> Iterator[Object]:
    for name in re.findall(r"{(\w+)}", operation.path):
        is_repository = name == "repository"  # its slashes are part of the address
        schema = {"type": "string"} if is_repository else {"type": "string", "pattern": f"^{NAME}$"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(operation: Operation) -> Iterator[Object]:
    if operation.query is None:
        return
    _, components = msgspec.json.schema_components([operation.query])
    schema = components[operation.query.__name__]
    for name, field in schema["properties"].items():
        is_required = name in schema.get("required", ())
        yield {"name": name, "in": "query", "required": is_required, "schema": field}


def _responses(operation: Operation) -> Iterator[tuple[str, Object]]:
    good: Object = {"description": "Done."}
    if operation.reply is not None:
        good["content"] = _content(operation.reply)
    if operation.made:
        good["headers"] = {
            "Location": {"description": "Where it is.", "schema": {"type": "string"}}
        }
    yield str(operation.status), good
    if operation.nothing:
        yield "204", {"description": operation.nothing}
    for status in _refusals(operation):
        yield status, {"$ref": f"#/components/responses/{status}"}


def _refusals(operation: Operation) -> Iterator[str]:
    yield from ("400", "401", "403")
    if "{" in operation.path or operation.need is Need.GRANT:
        yield "404"
    if operation.made == "name":
        yield "409"
    if operation.body is not None:
        yield from ("413", "415")
    yield from ("429", "default")


def _content(form: type[Struct]) -> Object:
    return {media_types.JSON: {"schema": {"$ref": f"#/components/schemas/{form.__name__}"}}}


def _schemas() -> Object:
    forms: set[type[Struct]] = {Errors}
    for operation in OPERATIONS:
        forms |= {form for form in (operation.body, operation.reply) if form is not None}
    named = sorted(forms, key=lambda form: form.__name__)
    _, components = msgspec.json.schema_components(
        named, ref_template="#/components/schemas/{name}"
    )
    return components | policies.PARTS
