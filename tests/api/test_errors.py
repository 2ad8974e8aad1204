"""Refusals: every code of the specification that can be met, with its status and its body."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from longshore.oci import errors
from longshore.oci.digest import Digest
from longshore.oci.errors import OCIError
from longshore.oci.media_types import OCI_INDEX
from tests.api.pushing import Repository
from tests.api.wire import Headers, Wire
from tests.content import image, index
from tests.serving import Server

ABSENT = Digest.of(b"never pushed")
UPLOAD = "00000000-0000-8000-a000-000000000000"
MISSING = image(ABSENT).manifest.content

# distribution-spec, "Error Codes".
CODES = {
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "UNAUTHORIZED",
    "DENIED",
    "UNSUPPORTED",
    "TOOMANYREQUESTS",
}
# A registry without accounts and limits has nothing to say of them.
NOT_YET = {"UNAUTHORIZED", "TOOMANYREQUESTS"}


class Refused(NamedTuple):
    """A request below a repository's path; `{upload}` is an upload that goes on."""

    status: int
    code: str
    method: str
    rest: str
    body: bytes | None = None
    headers: Headers | None = None


TYPED = {"Content-Type": OCI_INDEX}
REFUSED = [
    Refused(404, "BLOB_UNKNOWN", "GET", f"blobs/{ABSENT}"),
    Refused(404, "BLOB_UNKNOWN", "DELETE", f"blobs/{ABSENT}"),
    Refused(416, "BLOB_UPLOAD_INVALID", "PATCH", "{upload}", b"a", {"Content-Range": "1-1"}),
    Refused(400, "BLOB_UPLOAD_INVALID", "PATCH", "{upload}", b"a", {"Content-Range": "?"}),
    Refused(404, "BLOB_UPLOAD_UNKNOWN", "PATCH", f"blobs/uploads/{UPLOAD}", b"a"),
    Refused(404, "BLOB_UPLOAD_UNKNOWN", "DELETE", "blobs/uploads/.."),
    Refused(400, "DIGEST_INVALID", "PUT", "{upload}?digest=sha256:abc", b"a"),
    Refused(400, "DIGEST_INVALID", "PUT", "{upload}", b"a"),
    Refused(400, "DIGEST_INVALID", "GET", "blobs/latest"),
    Refused(400, "DIGEST_INVALID", "GET", "manifests/sha256:baddigeststring"),
    Refused(400, "DIGEST_INVALID", "PUT", "manifests/sha256:baddigeststring", b"{}", TYPED),
    Refused(400, "DIGEST_INVALID", "PUT", f"manifests/{ABSENT}", index()[1].content, TYPED),
    Refused(
        400,
        "MANIFEST_BLOB_UNKNOWN",
        "PUT",
        "manifests/v1",
        MISSING,
        {"Content-Type": "application/vnd.oci.image.manifest.v1+json"},
    ),
    Refused(400, "MANIFEST_INVALID", "PUT", "manifests/v1", b"{", TYPED),
    Refused(400, "MANIFEST_INVALID", "PUT", "manifests/v1", None, TYPED),
    Refused(400, "MANIFEST_INVALID", "PUT", "manifests/v1", index()[1].content),
    Refused(400, "MANIFEST_INVALID", "GET", "manifests/.v1"),
    Refused(400, "MANIFEST_INVALID", "GET", f"manifests/{'a' * 129}"),
    Refused(404, "MANIFEST_UNKNOWN", "GET", "manifests/v1"),
    Refused(404, "MANIFEST_UNKNOWN", "DELETE", f"manifests/{ABSENT}"),
    Refused(400, "NAME_INVALID", "GET", "NO/manifests/v1"),
    Refused(404, "NAME_INVALID", "GET", "nothing"),
    Refused(404, "NAME_UNKNOWN", "GET", "tags/list"),
    Refused(400, "SIZE_INVALID", "PATCH", "{upload}", b"abc", {"Content-Range": "0-0"}),
    Refused(412, "DENIED", "PUT", "manifests/v1", index()[1].content, TYPED | {"If-Match": "*"}),
    Refused(405, "UNSUPPORTED", "POST", "manifests/v1", b"{}"),
    Refused(400, "UNSUPPORTED", "GET", "tags/list?last=%FF"),
    Refused(400, "UNSUPPORTED", "GET", "tags/list?last=%00"),
    Refused(400, "UNSUPPORTED", "POST", "blobs/uploads/?mount=%C3"),
]


@pytest.mark.parametrize(
    "case", REFUSED, ids=lambda case: f"{case.code}-{case.method}-{case.rest[:30]}"
)
def test_a_refusal_says_why_in_the_form_of_the_specification(
    case: Refused, repository: Repository
) -> None:
    upload = repository.begin().removeprefix(repository.path(""))
    target = repository.path(case.rest.format(upload=upload))
    reply = repository.wire.ask(case.method, target, case.body, case.headers)
    assert (reply.status, set(reply.codes)) == (case.status, {case.code})
    assert reply.header("Content-Length") == str(len(reply.content))
    looked = repository.wire.ask("HEAD", target)
    assert looked.content == b""


def test_every_code_that_can_be_met_is_met() -> None:
    assert {case.code for case in REFUSED} == CODES - NOT_YET


def test_the_codes_are_those_of_the_specification() -> None:
    assert {error.code for error in kinds(OCIError)} == CODES
    assert [error for error in vars(errors).values() if is_nameless(error)] == []


def kinds(base: type[OCIError]) -> Iterator[type[OCIError]]:
    for error in base.__subclasses__():
        yield error
        yield from kinds(error)


def is_nameless(error: object) -> bool:
    """Whether this is a kind of refusal that says nothing to a person."""
    return (
        isinstance(error, type)
        and issubclass(error, OCIError)
        and error is not OCIError
        and not (error.message and 400 <= error.status < 600)
    )


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """Return a repository with an image, on a server whose disk has since become too full."""
    root = tmp_path_factory.mktemp("full") / "data"
    with Server(root) as server:
        Repository(Wire(server.port), "full").push_image("v1")
    with Server(root, options=["--free-space-floor", "1000000GiB"]) as server:
        yield Repository(Wire(server.port), "full")


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("POST", "blobs/uploads/"),
        ("PATCH", f"blobs/uploads/{UPLOAD}"),
        ("PUT", f"blobs/uploads/{UPLOAD}?digest={ABSENT}"),
        ("PUT", "manifests/v1"),
    ],
)
def test_a_full_disk_refuses_pushes(method: str, rest: str, full: Repository) -> None:
    reply = full.wire.ask(method, full.path(rest), b"{}")
    assert (reply.status, reply.codes) == (507, ["DENIED"])


def test_a_full_disk_goes_on_serving_and_deleting(full: Repository) -> None:
    pulled = full.ask("GET", "manifests/v1")
    assert pulled.status == 200
    for layer in pulled.json()["layers"]:
        assert full.ask("GET", f"blobs/{layer['digest']}").status == 200
    assert full.wire.ask("GET", "/readyz").status == 200
    assert full.ask("DELETE", "manifests/v1").status == 202
