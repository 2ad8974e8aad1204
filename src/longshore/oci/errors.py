"""What a registry may answer when it refuses: one class for each code of the specification.

Decides a refusal's code, HTTP status and wording (distribution-spec, "Error Codes").
Raised anywhere, rendered in one place, and never caught just to be logged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple, Self


class Told(NamedTuple):
    """What a reply says of a refusal: of its body one error, and its headers in lower case."""

    message: str
    detail: object
    headers: Mapping[str, str]


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

    @classmethod
    def told(cls, said: Told) -> Self:
        """The refusal that a client was told."""
        return cls(said.message, detail=said.detail, headers=said.headers)


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

    @classmethod
    def told(cls, said: Told) -> Self:
        """Where the upload ends is in Range, as `0-<last byte>`, if it is told at all."""
        last = said.headers.get("range", "").partition("-")[2]
        return cls(int(last) + 1 if last.isdecimal() else 0)


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

    @classmethod
    def told(cls, said: Told) -> Self:
        """Registries differ in how they name what is missing: by its digest, or in an object."""
        detail = said.detail
        missing = detail.get("digest") if isinstance(detail, Mapping) else detail
        return cls([str(missing)] if missing else [])


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


def refusal(code: str, status: int) -> type[OCIError] | None:
    """The class that a reply with this code and status was made of, or the code's own class.

    None where no class has the code: the other side is not bound to the specification's.
    """
    known = [each for each in _classes(OCIError) if getattr(each, "code", None) == code]
    exact = [each for each in known if each.status == status]
    return next(iter(exact + known), None)


def _classes(base: type[OCIError]) -> Iterator[type[OCIError]]:
    """Every class of refusal, each before those that narrow it."""
    for each in base.__subclasses__():
        yield each
        yield from _classes(each)
