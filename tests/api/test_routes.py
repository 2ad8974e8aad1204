"""Paths and methods: which names reach which endpoint, and what is refused before any handler."""

import re

import pytest

from longshore.oci.digest import Digest
from tests.api.pushing import Repository
from tests.api.wire import Wire, head
from tests.content import index

DIGEST = Digest.of(b"any")

# Every one is a name by the grammar of the specification.
NAMES = [
    "a",
    "0",
    "a.b_c__d-e---f/g",
    "blobs/uploads",
    "manifests",
    "manifests/latest",
    "tags/list",
    "tags",
    "referrers/referrers",
    "uploads",
    "v2",
    "v2/v2",
    "catalog",
    "a/blobs",
    "a/blobs/uploads",
    "a/manifests/b",
    "a/tags/list",
    "blobs/uploads/blobs/uploads",
    "/".join("a" * 128),
    "n" * 255,
]


def test_every_endpoint_takes_every_name(wire: Wire) -> None:
    for name in NAMES:
        repository = Repository(wire, name)
        location = repository.begin()
        assert location.startswith(f"/v2/{name}/blobs/uploads/")
        assert wire.ask("PATCH", location, b"streamed").status == 202, name
        assert wire.ask("GET", location).header("Range") == "0-7", name
        assert wire.ask("DELETE", location).status == 204, name
        blob = repository.push_blob(b"blob")
        assert repository.ask("GET", f"blobs/{blob}").content == b"blob", name
        digest = repository.push(index(), "latest")
        pulled = repository.ask("GET", "manifests/latest")
        assert pulled.header("Docker-Content-Digest") == digest, name
        assert repository.ask("GET", "tags/list").json() == {"name": name, "tags": ["latest"]}
        assert repository.ask("GET", f"referrers/{digest}").json()["manifests"] == [], name


BAD_NAMES = [
    "A",
    "a/B",
    "-a",
    "a-",
    "a..b",
    "a___b",
    "a//b",
    "a/",
    ".",
    "..",
    "a/../b",
    "_catalog",
    "_a",
    "a~b",
    "a%20b",
    "a%00",
    "a%5Cb",
    "%2e%2e",
    "%C3%BC",
    "%FF",
    "n" * 256,
    "a/" * 200 + "a",
]


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", "tags/list"),
        ("GET", "manifests/latest"),
        ("PUT", "manifests/latest"),
        ("DELETE", "manifests/latest"),
        ("GET", f"blobs/{DIGEST}"),
        ("DELETE", f"blobs/{DIGEST}"),
        ("POST", "blobs/uploads/"),
        ("PATCH", "blobs/uploads/x"),
        ("GET", f"referrers/{DIGEST}"),
    ],
)
def test_a_name_that_is_none_is_refused(method: str, rest: str, wire: Wire) -> None:
    body = b"{}" if method in {"PUT", "PATCH"} else None
    for name in BAD_NAMES:
        reply = wire.ask(method, f"/v2/{name}/{rest}", body)
        assert (reply.status, reply.codes) == (400, ["NAME_INVALID"]), name


NOWHERE = [
    "/v2/a%2Fb/tags/list",
    "/v2/a%2fb/manifests/latest",
    f"/v2/a/blobs/..%2f{DIGEST}",
    "/v2/a/manifests%2flatest",
    "/v2/a%0Ab/tags/list",
    "/v2/../v2/",
    "//v2/",
    "/v2//",
    "/v2/a",
    "/v2/a/tags/list/",
    "/v2/a/tags",
    "/v2/a/manifests/",
    "/v2/a/manifests/latest/",
    "/v2/tags/list",
    "/v2/manifests/latest",
    "/v2/_catalog/",
    "/v1/",
    "/V2/",
    "/nothing",
    "/healthz/",
    "*",
]


def test_where_there_is_nothing(wire: Wire) -> None:
    for target in NOWHERE:
        reply = wire.ask("GET", target)
        assert (reply.status, reply.codes) == (404, ["NAME_INVALID"]), target


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "SPAM"]


@pytest.mark.parametrize(
    ("rest", "allowed"),
    [
        ("manifests/latest", {"GET", "HEAD", "PUT", "DELETE"}),
        (f"blobs/{DIGEST}", {"GET", "HEAD", "DELETE"}),
        ("blobs/uploads/", {"POST"}),
        ("blobs/uploads", {"POST"}),
        ("blobs/uploads/x", {"GET", "HEAD", "PATCH", "PUT", "DELETE"}),
        ("tags/list", {"GET", "HEAD"}),
        (f"referrers/{DIGEST}", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_is_not_possible_is_told_which_are(
    rest: str, allowed: set[str], repository: Repository
) -> None:
    for method in METHODS:
        reply = repository.ask(method, rest)
        if method in allowed:
            assert reply.status != 405, method
        else:
            assert (reply.status, reply.codes) == (405, ["UNSUPPORTED"]), method
            assert set(reply.header("Allow").split(", ")) == allowed, method


@pytest.mark.parametrize("target", ["/v2/", "/v2", "/v2/?a=b", "http://registry.test/v2/"])
def test_the_base_says_what_speaks_here(target: str, wire: Wire) -> None:
    reply = wire.ask("GET", target)
    assert (reply.status, reply.json()) == (200, {})
    assert reply.header("Content-Type") == "application/json"
    assert reply.header("Docker-Distribution-Api-Version") == "registry/2.0"


def test_a_person_finds_the_way(wire: Wire) -> None:
    reply = wire.ask("GET", "/")
    assert reply.status == 200
    assert b"/v2/_catalog" in reply.content


@pytest.mark.parametrize("target", ["/v2/", "/v2/a/tags/list", "/v2/A/tags/list", "/nothing"])
def test_every_reply_has_an_id(target: str, wire: Wire) -> None:
    ids = [wire.ask("GET", target).header("X-Request-Id") for _ in range(2)]
    assert all(re.fullmatch(r"[0-9a-f]+-[0-9a-f]+", one) for one in ids)
    assert ids[0] != ids[1]


@pytest.mark.parametrize("given", ["abc", "A.b_c-9", "x" * 64])
def test_an_id_that_a_proxy_gave_is_kept(given: str, wire: Wire) -> None:
    reply = wire.ask("GET", "/v2/", None, {"X-Request-Id": given})
    assert reply.header("X-Request-Id") == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, '"', "{}", "\xff"])
def test_an_id_that_could_spoil_a_log_is_not(given: str, wire: Wire) -> None:
    reply = wire.ask("GET", "/v2/", None, {"X-Request-Id": given})
    assert reply.header("X-Request-Id") not in {given, ""}


def test_a_parameter_that_means_nothing_here_is_ignored(repository: Repository) -> None:
    """As `ns`, with which some clients tell a mirror what registry it stands for."""
    digest = repository.push(index(), "v1")
    for rest in ("manifests/v1?ns=registry.test", f"manifests/{digest}?ns=a&ns=b&other"):
        assert repository.ask("GET", rest).header("Docker-Content-Digest") == digest


def test_an_old_client_is_answered(wire: Wire) -> None:
    assert wire.exchange(b"GET /v2/ HTTP/1.0\r\n\r\n").status == 200


def test_a_connection_serves_many_requests(wire: Wire) -> None:
    with wire.connect() as connection:
        for target, status in (("/v2/", 200), ("/v2/A/tags/list", 400), ("/v2/", 200)) * 3:
            connection.write(head("GET", target))
            assert connection.read().status == status
