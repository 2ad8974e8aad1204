"""The table of refusals, compared with the specification's list of codes."""

import inspect

import pytest

from longshore.oci import errors
from longshore.oci.errors import OCIError

# distribution-spec, "Error Codes": code-1 to code-14.
SPECIFIED = {
    "BLOB_UNKNOWN": "blob unknown to registry",
    "BLOB_UPLOAD_INVALID": "blob upload invalid",
    "BLOB_UPLOAD_UNKNOWN": "blob upload unknown to registry",
    "DIGEST_INVALID": "provided digest did not match uploaded content",
    "MANIFEST_BLOB_UNKNOWN": "manifest references a manifest or blob unknown to registry",
    "MANIFEST_INVALID": "manifest invalid",
    "MANIFEST_UNKNOWN": "manifest unknown to registry",
    "NAME_INVALID": "invalid repository name",
    "NAME_UNKNOWN": "repository name not known to registry",
    "SIZE_INVALID": "provided length did not match content length",
    "UNAUTHORIZED": "authentication required",
    "DENIED": "requested access to the resource is denied",
    "UNSUPPORTED": "the operation is unsupported",
    "TOOMANYREQUESTS": "too many requests",
}
EVERY = [
    one
    for _, one in inspect.getmembers(errors, inspect.isclass)
    if issubclass(one, OCIError) and one is not OCIError
]
PLAIN = [one for one in EVERY if one.__bases__ == (OCIError,)]


def test_there_is_one_class_for_each_code() -> None:
    assert {one.code: one.message for one in PLAIN} == SPECIFIED
    assert len(PLAIN) == len(SPECIFIED) == 14


@pytest.mark.parametrize("refusal", EVERY)
def test_every_refusal_has_a_code_of_the_specification_and_blames_the_client_or_the_disk(
    refusal: type[OCIError],
) -> None:
    assert refusal.code in SPECIFIED
    assert 400 <= refusal.status < 500 or refusal.status == 507
    assert refusal.message


def test_a_refusal_says_what_it_was_told() -> None:
    plain = errors.BlobUnknown()
    assert (str(plain), plain.detail, plain.headers) == ("blob unknown to registry", None, {})
    told = errors.BlobUnknown("gone", detail=["x"], headers={"A": "b"})
    assert (str(told), told.detail, told.headers) == ("gone", ["x"], {"A": "b"})


def test_refusals_that_carry_more() -> None:
    assert errors.UploadOutOfOrder(7).size == 7
    assert errors.UploadOutOfOrder(7).detail == {"size": 7}
    assert errors.ManifestBlobUnknown(["a", "b"]).missing == ["a", "b"]
