"""Every endpoint with every kind of caller: who gets through, and what the others are told.

`ROWS` has each endpoint with a request that it answers, and `callers.ANSWERS` what each caller gets
there. A new route fails here until it has its rows. Management has a table of its own, of those
who are known; what it takes for no proof is shown here.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from longshore.api.authorization import Need
from longshore.api.management.table import OPERATIONS
from longshore.api.routes import ROUTES
from longshore.oci.digest import Digest
from longshore.registry.secrets import Kind, new
from tests.api import callers
from tests.api.callers import ELSEWHERE, EXPECTED, HERE, MANIFEST, SCOPES, Prove
from tests.api.conftest import sound
from tests.api.secured import BEHIND_A_PROXY, PASSWORD, Asked, Proof, Secured, basic, bearer
from tests.api.wire import Reply

NOTHING = Digest.of(b"never pushed")
UPLOAD = f"{'0' * 8}-0000-8000-a000-{'0' * 12}"
FORM = f"grant_type=password&username=admin&password={PASSWORD.replace(' ', '+')}".encode()
FORM_TYPE = "application/x-www-form-urlencoded"
CONTENT = (MANIFEST.manifest.content, MANIFEST.manifest.media_type)
ABOUT = "/repositories/{repository}"
PASSWORD_ASKED = 'Basic realm="Longshore", charset="UTF-8"'
BASE = 'Bearer realm="http://registry.test/token",service="registry.test"'


class Row(NamedTuple):
    """What is asked, which column of `callers.ANSWERS` says who may, and the reply to who may."""

    column: str
    status: int
    asked: Asked


def here(
    column: str, status: int, method: str, rest: str, body: bytes | None = None, kind: str = ""
) -> Row:
    return Row(column, status, Asked(method, f"/v2/{HERE}/{rest}", body, kind))


def about(column: str, status: int, method: str, rest: str, body: bytes | None = None) -> Row:
    """An operation of the management API that is about the repository."""
    target = f"/api/v1/repositories/{HERE}/{rest}"
    return Row(column, status, Asked(method, target, body, "application/json"))


def _rows() -> Iterator[tuple[str, Row]]:
    v1, none = "manifests/v1", f"manifests/{NOTHING}"
    blob, upload = f"blobs/{NOTHING}", f"blobs/uploads/{UPLOAD}"
    for method in ("GET", "HEAD"):
        yield "manifest", here("pull", 200, method, v1)
        yield "blob", here("pull", 404, method, blob)
        yield "tags", here("pull", 200, method, "tags/list")
        yield "referrers", here("pull", 200, method, f"referrers/{NOTHING}")
        yield "upload", here("push", 404, method, upload)
        yield "base", Row("login", 200, Asked(method, "/v2/"))
        yield "catalog", Row("catalog", 200, Asked(method, "/v2/_catalog"))
        yield "metrics", Row("account", 200, Asked(method, "/metrics"))
        yield "token", Row("token", 200, Asked(method, "/token?service=registry.test"))
        for probe in ("healthz", "readyz"):
            yield probe, Row("nothing", 200, Asked(method, f"/{probe}"))
        yield "root", Row("nothing", 200, Asked(method, "/"))
        yield "openapi", Row("nothing", 200, Asked(method, "/api/v1/openapi.json"))
        yield f"api{ABOUT}/history", about("pull", 200, method, "history")
        yield f"api{ABOUT}/policy", about("pull", 200, method, "policy")
    yield f"api{ABOUT}/releases", about("push", 400, "POST", "releases", b"{}")
    yield f"api{ABOUT}/restore", about("push", 404, "POST", "restore", b'{"tag":"none"}')
    yield "token", Row("form", 200, Asked("POST", "/token", FORM, FORM_TYPE))
    yield "manifest", here("push", 201, "PUT", "manifests/v2", *CONTENT)
    yield "manifest", here("delete", 404, "DELETE", none)
    yield "blob", here("delete", 404, "DELETE", blob)
    yield "uploads", here("push", 202, "POST", "blobs/uploads/")
    yield "upload", here("push", 404, "PATCH", upload, b"bytes")
    yield "upload", here("push", 404, "PUT", f"{upload}?digest={NOTHING}", b"bytes")
    yield "upload", here("push", 404, "DELETE", upload)


# Who joins by a code has no account yet.
MANAGING = [one for one in OPERATIONS if ABOUT not in one.path and one.need is not Need.ANYBODY]
ROWS = {(route, row.asked.method): row for route, row in _rows()}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("permissions")
    with sound(folder / "data", "--workers", "1", *callers.options(folder)) as server:
        yield Secured(server)


@pytest.fixture(scope="module")
def proofs(secured: Secured) -> dict[str, Prove]:
    return callers.proofs(secured)


def test_every_endpoint_has_its_row() -> None:
    endpoints = {(route.name, method) for route in ROUTES for method in route.endpoints}
    managing = {
        place for place in endpoints if place[0].startswith("api/") and ABOUT not in place[0]
    }
    assert set(ROWS) == endpoints - managing
    assert endpoints >= {(f"api{one.path}", one.method) for one in OPERATIONS}


def test_every_caller_has_its_line(proofs: dict[str, Prove]) -> None:
    assert set(proofs) == set(EXPECTED)


def check_refusal(reply: Reply, row: Row, answer: str, header: Proof) -> None:
    """A refusal says what it is, and what to do if anything can be done."""
    code = "DENIED" if answer == "no" else "UNAUTHORIZED"
    if row.asked.method != "HEAD":
        assert reply.codes == [code]
    if answer == "no":
        assert reply.get("WWW-Authenticate") is None
        return
    assert reply.header("Docker-Distribution-Api-Version") == "registry/2.0"
    if row.asked.target.startswith("/api/"):
        assert reply.header("WWW-Authenticate") == PASSWORD_ASKED
        return
    challenge = BASE
    if scope := SCOPES.get(row.column):
        challenge += f',scope="{scope}"'
    if isinstance(header, str) and header.startswith("Bearer "):
        error = {"small": "insufficient_scope", "bad": "invalid_token"}[answer]
        challenge += f',error="{error}"'
    assert reply.header("WWW-Authenticate") == challenge


@pytest.mark.parametrize("place", ROWS, ids=" ".join)
def test_who_gets_through_and_what_the_others_are_told(
    place: tuple[str, str], secured: Secured, proofs: dict[str, Prove]
) -> None:
    row = ROWS[place]
    for caller, columns in EXPECTED.items():
        answer, header = columns[row.column], proofs[caller](row.column)
        reply = secured.ask(row.asked, header)
        expected = {"ok": row.status, "no": 403}.get(answer, 401)
        assert reply.status == expected, (caller, reply.content)
        assert reply.get("X-Request-Id"), caller
        if answer != "ok":
            check_refusal(reply, row, answer, header)


# Where there is no hash to compare with, a guess costs the server as much as if there were one: of
# these, each operation is asked by one.
GUESSING = {"wrong_in_the_file": 0, "unknown_name": 1, "disabled": 2}


@pytest.mark.parametrize("caller", [one for one in EXPECTED if EXPECTED[one]["account"] != "ok"])
def test_management_is_for_who_has_shown_who_it_is(
    caller: str, secured: Secured, proofs: dict[str, Prove]
) -> None:
    asking = MANAGING[GUESSING[caller] :: len(GUESSING)] if caller in GUESSING else MANAGING
    for operation in asking:
        path = operation.path.replace("{repository}", ELSEWHERE)
        asked = Asked(operation.method, f"/api/v1{path}")
        reply = secured.ask(asked, proofs[caller]("account"))
        assert (reply.status, reply.codes) == (401, ["UNAUTHORIZED"]), asked
        assert reply.header("WWW-Authenticate") == PASSWORD_ASKED, asked


def test_management_takes_no_token(secured: Secured, proofs: dict[str, Prove]) -> None:
    """Not even the administrator's: it was asked for by a client that is to push and pull."""
    asked = Asked("GET", "/api/v1/me")
    callers = [one for one in EXPECTED if EXPECTED[one]["token"] == "bad"]
    assert {one: secured.ask(asked, proofs[one]("account")).status for one in callers} == (
        dict.fromkeys(callers, 401)
    )


@pytest.mark.parametrize("method", ["POST", "PATCH", "OPTIONS", "SPAM"])
def test_a_method_that_there_is_not_tells_nothing_of_what_is_there(
    method: str, secured: Secured
) -> None:
    replies = [secured.ask(Asked(method, f"/v2/{name}/manifests/v1")) for name in (HERE, ELSEWHERE)]
    assert {reply.status for reply in replies} == {405}
    assert replies[0].content == replies[1].content


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Return a server without accounts."""
    folder = tmp_path_factory.mktemp("opened")
    with sound(folder / "data", "--workers", "1", *BEHIND_A_PROXY) as server:
        secured = Secured(server)
        secured.ask(Asked("PUT", f"/v2/{HERE}/manifests/v1", *CONTENT))
        yield secured


@pytest.mark.parametrize("place", ROWS, ids=" ".join)
def test_an_open_registry_lets_everybody_through(place: tuple[str, str], opened: Secured) -> None:
    """A client that logs in anyway works as well as others."""
    row = ROWS[place]
    headers = [None, "", basic("who"), bearer("what"), bearer(new(Kind.ROBOT)), "nonsense"]
    answers = {header: opened.ask(row.asked, header).status for header in headers}
    assert answers == dict.fromkeys(headers, row.status)
