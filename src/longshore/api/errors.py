"""Refusals as replies: the one place where an exception becomes what an HTTP client sees.

Decides the body of every error (distribution-spec, "Error Codes"): a list of code, message and
detail. What is not a refusal is a fault of this program: its cause is logged, not told.
"""

from __future__ import annotations

from longshore.api.messages import Response, encode_json
from longshore.oci.errors import ManifestBlobUnknown, OCIError
from longshore.registry.refusals import Refusal


def render(problem: Exception) -> Response:
    """The reply to a request that ended in this exception."""
    if isinstance(problem, Refusal):
        return _response(problem.status, [_error(problem.code, str(problem), problem.detail)])
    if not isinstance(problem, OCIError):
        return _response(500, [_error("UNKNOWN", "internal error; the log has its cause", None)])
    if isinstance(problem, ManifestBlobUnknown):
        errors = [_error(problem.code, str(problem), {"digest": d}) for d in problem.missing]
    else:
        errors = [_error(problem.code, str(problem), problem.detail)]
    response = _response(problem.status, errors)
    response.headers += [
        (name.lower().encode(), value.encode()) for name, value in problem.headers.items()
    ]
    return response


def _error(code: str, message: str, detail: object) -> dict[str, object]:
    error: dict[str, object] = {"code": code, "message": message}
    if detail is not None:
        error["detail"] = detail
    return error


def _response(status: int, errors: list[dict[str, object]]) -> Response:
    return Response(
        status,
        [(b"content-type", b"application/json")],
        encode_json({"errors": errors}),
    )
