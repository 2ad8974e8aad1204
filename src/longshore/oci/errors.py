"""What a registry may answer when it refuses: one class for each code of the specification.

Decides a refusal's code, HTTP status and wording (distribution-spec, "Error Codes").
Raised anywhere, rendered in one place, and never caught just to be logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class OCIError(Exception):
    """A refusal that a client is told.

    `detail` is JSON-ready data for programs; `headers` are sent with the reply.
    A subclass narrows the status where one code covers several situations.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    message: ClassVar[str]

    def __init__(
        self,
        message: str | None = None,
        *,
        detail: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.detail = detail
        self.headers = dict(headers or {})


class BlobUnknown(OCIError):
    code, status, message = "BLOB_UNKNOWN", 404, "blob unknown to registry"


class BlobUploadInvalid(OCIError):
    code, status, message = "BLOB_UPLOAD_INVALID", 400, "blob upload invalid"


class UploadBusy(BlobUploadInvalid):
    status, message = 409, "another request is writing to this upload"


class UploadOutOfOrder(BlobUploadInvalid):
    """`size` is where the upload does end, in bytes."""

    status, message = 416, "this chunk does not begin where the upload ends"

    def __init__(self, size: int) -> None:
        super().__init__(detail={"size": size})
        self.size = size


class BlobUploadUnknown(OCIError):
    code, status, message = "BLOB_UPLOAD_UNKNOWN", 404, "blob upload unknown to registry"


class DigestInvalid(OCIError):
    code, status = "DIGEST_INVALID", 400
    message = "provided digest did not match uploaded content"


class ManifestBlobUnknown(OCIError):
    """`detail` lists the missing digests; each is rendered as an error of its own."""

    code, status = "MANIFEST_BLOB_UNKNOWN", 400
    message = "manifest references a manifest or blob unknown to registry"

    def __init__(self, missing: list[str]) -> None:
        super().__init__(detail=missing)
        self.missing = missing


class ManifestInvalid(OCIError):
    code, status, message = "MANIFEST_INVALID", 400, "manifest invalid"


class ManifestTooLarge(ManifestInvalid):
    status, message = 413, "manifest is larger than this registry accepts"


class ManifestUnknown(OCIError):
    code, status, message = "MANIFEST_UNKNOWN", 404, "manifest unknown to registry"


class NameInvalid(OCIError):
    code, status, message = "NAME_INVALID", 400, "invalid repository name"


class NameUnknown(OCIError):
    code, status, message = "NAME_UNKNOWN", 404, "repository name not known to registry"


class SizeInvalid(OCIError):
    code, status = "SIZE_INVALID", 400
    message = "provided length did not match content length"


class Unauthorized(OCIError):
    code, status, message = "UNAUTHORIZED", 401, "authentication required"


class Denied(OCIError):
    code, status, message = "DENIED", 403, "requested access to the resource is denied"


class StillReferenced(Denied):
    status, message = 405, "other content in this repository needs it"


class QuotaExceeded(Denied):
    message = "that is more than a quota allows"


class StorageFull(Denied):
    status = 507
    message = "the registry's disk is nearly full: pulls go on, pushes wait until there is room"


class Unsupported(OCIError):
    code, status, message = "UNSUPPORTED", 405, "the operation is unsupported"


class RangeUnsatisfiable(Unsupported):
    status, message = 416, "no byte of the blob lies in the requested range"


class TagMoved(Denied):
    status, message = 412, "the tag is not where the request expects it"


class TooManyRequests(OCIError):
    code, status, message = "TOOMANYREQUESTS", 429, "too many requests"
