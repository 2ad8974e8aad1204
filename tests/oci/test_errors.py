"""The table of refusals, compared with the specification's list of codes."""

import inspect

from longshore.oci import errors
from longshore.oci.errors import OCIError, Told, refusal

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


def test_every_refusal_has_a_code_of_the_specification_and_blames_the_client_or_the_disk() -> None:
    for raised in EVERY:
        assert raised.code in SPECIFIED, raised
        assert 400 <= raised.status < 500 or raised.status == 507, raised
        assert raised.message, raised


def test_a_refusal_says_what_it_was_told() -> None:
    plain = errors.BlobUnknown()
    assert (str(plain), plain.detail, plain.headers) == ("blob unknown to registry", None, {})
    told = errors.BlobUnknown("gone", detail=["x"], headers={"A": "b"})
    assert (str(told), told.detail, told.headers) == ("gone", ["x"], {"A": "b"})


def test_refusals_that_carry_more() -> None:
    assert errors.UploadOutOfOrder(7).size == 7
    assert errors.UploadOutOfOrder(7).detail == {"size": 7}
    assert errors.ManifestBlobUnknown(["a", "b"]).missing == ["a", "b"]


def meant(raised: type[OCIError]) -> type[OCIError]:
    """A class that only words what its base means is told as that."""
    for base in raised.__bases__:
        if base is not OCIError and issubclass(base, OCIError) and base.status == raised.status:
            return base
    return raised


def test_a_client_finds_the_class_that_was_raised() -> None:
    for raised in EVERY:
        assert refusal(raised.code, raised.status) is meant(raised), raised


def test_a_status_that_no_class_has_leaves_the_class_of_the_code() -> None:
    for plain in PLAIN:
        assert refusal(plain.code, 418) is plain, plain


def test_a_code_of_another_specification_has_no_class() -> None:
    assert refusal("NAME_TOO_LONG", 400) is None


def test_a_client_raises_what_it_was_told() -> None:
    for raised in EVERY:
        error = raised.told(Told("no", {"digest": "d"}, {"range": "0-6"}))
        assert type(error) is raised
        assert str(error) in {"no", raised.message}, raised


def test_an_upload_out_of_order_is_told_by_its_range() -> None:
    for header, size in [("0-6", 7), ("0--1", 0), ("", 0)]:
        told = Told("out of order", None, {"range": header})
        assert errors.UploadOutOfOrder.told(told).size == size


def test_missing_content_is_told_in_several_ways() -> None:
    for detail, missing in [("d", ["d"]), ({"digest": "d"}, ["d"]), ({}, []), (None, [])]:
        assert errors.ManifestBlobUnknown.told(Told("gone", detail, {})).missing == missing
