"""Why management refuses: one class for each reason, as `oci.errors` has for content.

Decides a refusal's code, HTTP status and wording. These codes are Longshore's own: the
distribution specification knows no accounts.
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """A refusal that the caller is told; `detail` is JSON-ready data for programs."""

    code: ClassVar[str]
    status: ClassVar[int]
    message: ClassVar[str]

    def __init__(self, message: str | None = None, *, detail: object = None) -> None:
        super().__init__(message or self.message)
        self.detail = detail


class Invalid(Refusal):
    code, status, message = "INVALID", 400, "the request is not understood"


class Unknown(Refusal):
    code, status, message = "UNKNOWN", 404, "there is nothing of that name"


class Exists(Refusal):
    code, status, message = "EXISTS", 409, "there is one of that name already"


class Gone(Refusal):
    code, status, message = "GONE", 410, "that is gone for good"


class Forbidden(Refusal):
    code, status, message = "FORBIDDEN", 403, "that is for administrators of the registry"
