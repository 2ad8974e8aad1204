"""Every endpoint with every kind of caller: who gets through, and what the others are told.

`ROWS` has each endpoint with a request that it answers, and `ANSWERS` what each caller gets there.
A new route fails here until it has its rows, and a new kind of need until it has its column.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from longshore.api.routes import ROUTES
from longshore.oci.digest import Digest
from longshore.registry import accounts
from longshore.registry.secrets import Kind, new
from tests.api.conftest import sound
from tests.api.secured import (
    BEHIND_A_PROXY,
    PASSWORD,
    Asked,
    Secured,
    basic,
    bearer,
    file_of_passwords,
)
from tests.api.wire import Reply
from tests.content import index

HERE, ELSEWHERE = "private/app", "private/other"
NOTHING = Digest.of(b"never pushed")
UPLOAD = f"{'0' * 8}-0000-8000-a000-{'0' * 12}"
MANIFEST = index()
FORM = f"grant_type=password&username=admin&password={PASSWORD.replace(' ', '+')}".encode()
FORM_TYPE = "application/x-www-form-urlencoded"
CATALOG = "registry:catalog:*"
BASE = 'Bearer realm="http://registry.test/token",service="registry.test"'


class Row(NamedTuple):
    """What is asked, which column of `ANSWERS` says who may, and the reply to who may."""

    column: str
    status: int
    asked: Asked


def here(
    column: str, status: int, method: str, rest: str, body: bytes | None = None, kind: str = ""
) -> Row:
    return Row(column, status, Asked(method, f"/v2/{HERE}/{rest}", body, kind))


def _rows() -> Iterator[tuple[str, Row]]:
    v1, none = "manifests/v1", f"manifests/{NOTHING}"
    blob, upload = f"blobs/{NOTHING}", f"blobs/uploads/{UPLOAD}"
    content, kind = MANIFEST.manifest.content, MANIFEST.manifest.media_type
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
    yield "token", Row("form", 200, Asked("POST", "/token", FORM, FORM_TYPE))
    yield "manifest", here("push", 201, "PUT", "manifests/v2", content, kind)
    yield "manifest", here("delete", 404, "DELETE", none)
    yield "blob", here("delete", 404, "DELETE", blob)
    yield "uploads", here("push", 202, "POST", "blobs/uploads/")
    yield "upload", here("push", 404, "PATCH", upload, b"bytes")
    yield "upload", here("push", 404, "PUT", f"{upload}?digest={NOTHING}", b"bytes")
    yield "upload", here("push", 404, "DELETE", upload)


ROWS = {(route, row.asked.method): row for route, row in _rows()}

# ok: let through; ask: 401 without a word on the token; small: 401, the token is not enough;
# bad: 401, that is no proof; no: 403.
ANSWERS = """
                     nothing token form login catalog account pull  push  delete
anonymous            ok      ok    ok   ask   ok      ask     ask   ask   ask
anonymous_token      ok      bad   ok   ok    ok      bad     small small small
anonymous_small      ok      bad   ok   ok    small   bad     small small small
no_grant             ok      ok    ok   ok    ok      ok      no    no    no
no_grant_token       ok      bad   ok   ok    ok      ok      no    no    no
puller               ok      ok    ok   ok    ok      ok      ok    no    no
puller_token         ok      bad   ok   ok    ok      ok      ok    no    no
pusher               ok      ok    ok   ok    ok      ok      ok    ok    no
pusher_token         ok      bad   ok   ok    ok      ok      ok    ok    no
deleter              ok      ok    ok   ok    ok      ok      ok    no    ok
deleter_token        ok      bad   ok   ok    ok      ok      ok    no    ok
admin                ok      ok    ok   ok    ok      ok      ok    ok    ok
admin_token          ok      bad   ok   ok    ok      ok      ok    ok    ok
admin_elsewhere      ok      ok    ok   ok    ok      ok      no    no    no
token_for_pulls      ok      bad   ok   ok    small   ok      ok    small small
token_for_elsewhere  ok      bad   ok   ok    small   ok      small small small
token_for_nothing    ok      bad   ok   ok    small   ok      small small small
robot                ok      ok    ok   ok    ok      ok      ok    ok    no
robot_bearer         ok      ok    ok   ok    ok      ok      ok    ok    no
robot_token          ok      bad   ok   ok    ok      ok      ok    ok    no
in_the_file          ok      ok    ok   ok    ok      ok      ok    no    no
in_the_file_token    ok      bad   ok   ok    ok      ok      ok    no    no
member_of_a_group    ok      ok    ok   ok    ok      ok      ok    ok    no
wrong_password       ok      bad   bad  bad   bad     bad     bad   bad   bad
wrong_in_the_file    ok      bad   bad  bad   bad     bad     bad   bad   bad
unknown_name         ok      bad   bad  bad   bad     bad     bad   bad   bad
disabled             ok      bad   bad  bad   bad     bad     bad   bad   bad
disabled_token       ok      bad   bad  bad   bad     bad     bad   bad   bad
disabled_robot       ok      bad   bad  bad   bad     bad     bad   bad   bad
removed_token        ok      bad   bad  bad   bad     bad     bad   bad   bad
expired_token        ok      bad   bad  bad   bad     bad     bad   bad   bad
expired_secret       ok      bad   bad  bad   bad     bad     bad   bad   bad
expired_bearer       ok      bad   bad  bad   bad     bad     bad   bad   bad
invented_secret      ok      bad   bad  bad   bad     bad     bad   bad   bad
secret_of_another    ok      bad   bad  bad   bad     bad     bad   bad   bad
wrong_audience       ok      bad   bad  bad   bad     bad     bad   bad   bad
token_as_password    ok      bad   bad  bad   bad     bad     bad   bad   bad
password_as_token    ok      bad   bad  bad   bad     bad     bad   bad   bad
no_scheme            ok      bad   bad  bad   bad     bad     bad   bad   bad
another_scheme       ok      bad   bad  bad   bad     bad     bad   bad   bad
no_base64            ok      bad   bad  bad   bad     bad     bad   bad   bad
"""
_HEAD, *_LINES = (line.split() for line in ANSWERS.strip().splitlines())
EXPECTED = {name: dict(zip(_HEAD, cells, strict=True)) for name, *cells in _LINES}

# What a token is asked for, by column; and what a challenge says of it.
SCOPES = {
    "pull": f"repository:{HERE}:pull",
    "push": f"repository:{HERE}:pull,push",
    "delete": f"repository:{HERE}:delete,pull",
    "catalog": CATALOG,
}

Proof = Callable[[str], str | None]  # the header, for a column


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("permissions")
    file = folder / "htpasswd"
    file.write_text(file_of_passwords("filed", "admin"))
    options = ("--workers", "1", "--htpasswd", str(file), *BEHIND_A_PROXY)
    with sound(folder / "data", *options) as server:
        yield Secured(server)


@pytest.fixture(scope="module")
def proofs(secured: Secured) -> dict[str, Proof]:
    """All accounts, and one way for each kind of caller."""
    for name, verbs in {
        "puller": "pull",
        "pusher": "push",
        "deleter": "delete",
        "admin": "admin",
        "disabled": "admin",
        "removed": "admin",
    }.items():
        secured.add_user(name, f"private:{verbs}")
    secured.add_user("nobody", f"{HERE}-1:admin", "public:admin")
    secured.add_user("elsewhere", f"{HERE}/**:admin", f"{ELSEWHERE}:admin")
    secured.add_user("member")
    secured.write(lambda tx: tx.groups.add("team", "member"))
    secured.grant("@team", "private/*:push")
    secured.grant("filed", "private/**:pull")
    secured.grant("anonymous", "public:pull")
    robot = secured.add_robot("build", "private:push")
    off = secured.add_robot("off", "private:admin")
    expired = secured.add_expired_secret("build")
    everything = [*SCOPES.values()]
    push = secured.ask(
        Asked("PUT", f"/v2/{HERE}/manifests/v1", *_content()), basic("admin", PASSWORD)
    )
    assert push.status == 201, push
    removed = secured.token(basic("removed"), *everything)
    for name in ("disabled", "off"):
        secured.write(accounts.enable, name, is_enabled=False)
    secured.write(accounts.remove, "removed")

    def granted(authorization: str | None) -> Proof:
        """A token that is asked for what the column needs."""
        return lambda column: bearer(
            secured.token(authorization, *filter(None, [SCOPES.get(column)]))
        )

    def always(header: str | None) -> Proof:
        return lambda _: header

    def signed(name: str, *scopes: str, **details: str | int) -> Proof:
        return always(bearer(secured.sign(name, *scopes, **details)))  # type: ignore[arg-type]

    return {
        "anonymous": always(None),
        "anonymous_token": granted(None),
        "anonymous_small": signed("", f"repository:{HERE}:"),
        "no_grant": always(basic("nobody")),
        "no_grant_token": granted(basic("nobody")),
        "admin_elsewhere": always(basic("elsewhere")),
        "token_for_pulls": signed("admin", SCOPES["pull"]),
        "token_for_elsewhere": signed("admin", f"repository:{ELSEWHERE}:delete,pull,push"),
        "token_for_nothing": signed("admin"),
        "robot": always(basic("build", robot)),
        "robot_bearer": always(bearer(robot)),
        "robot_token": granted(basic("build", robot)),
        "in_the_file": always(basic("filed")),
        "in_the_file_token": granted(basic("filed")),
        "member_of_a_group": always(basic("member")),
        "wrong_password": always(basic("puller", "wrong")),
        "wrong_in_the_file": always(basic("filed", "wrong")),
        "unknown_name": always(basic("who")),
        "disabled": always(basic("disabled")),
        "disabled_token": signed("disabled", *everything),
        "disabled_robot": always(basic("off", off)),
        "removed_token": always(bearer(removed)),
        "expired_token": signed("admin", *everything, age=301),
        "expired_secret": always(basic("build", expired)),
        "expired_bearer": always(bearer(expired)),
        "invented_secret": always(basic("build", new(Kind.ROBOT))),
        "secret_of_another": always(basic("pusher", robot)),
        "wrong_audience": signed("admin", *everything, audience="another"),
        "token_as_password": always(basic("deleter", secured.sign("admin", *everything))),
        "password_as_token": always(bearer(PASSWORD.replace(" ", "-"))),
        "no_scheme": always(robot),
        "another_scheme": always(f"Digest {robot}"),
        "no_base64": always("Basic %%%"),
        **{name: always(basic(name)) for name in ("puller", "pusher", "deleter", "admin")},
        **{
            f"{name}_token": granted(basic(name))
            for name in ("puller", "pusher", "deleter", "admin")
        },
    }


def _content() -> tuple[bytes, str]:
    return MANIFEST.manifest.content, MANIFEST.manifest.media_type


def test_every_endpoint_has_its_row() -> None:
    endpoints = {(route.name, method) for route in ROUTES for method in route.endpoints}
    assert set(ROWS) == endpoints


def test_every_caller_has_its_line(proofs: dict[str, Proof]) -> None:
    assert set(proofs) == set(EXPECTED)


def check_refusal(reply: Reply, row: Row, answer: str, header: str | None) -> None:
    """A refusal says what it is, and what to do if anything can be done."""
    code = "DENIED" if answer == "no" else "UNAUTHORIZED"
    if row.asked.method != "HEAD":
        assert reply.codes == [code]
    if answer == "no":
        assert reply.get("WWW-Authenticate") is None
        return
    challenge = BASE
    if scope := SCOPES.get(row.column):
        challenge += f',scope="{scope}"'
    if header is not None and header.startswith("Bearer "):
        error = {"small": "insufficient_scope", "bad": "invalid_token"}[answer]
        challenge += f',error="{error}"'
    assert reply.header("WWW-Authenticate") == challenge
    assert reply.header("Docker-Distribution-Api-Version") == "registry/2.0"


@pytest.mark.parametrize("caller", EXPECTED)
@pytest.mark.parametrize("place", ROWS, ids=" ".join)
def test_who_gets_through_and_what_the_others_are_told(
    place: tuple[str, str], caller: str, secured: Secured, proofs: dict[str, Proof]
) -> None:
    row = ROWS[place]
    answer, header = EXPECTED[caller][row.column], proofs[caller](row.column)
    reply = secured.ask(row.asked, header)
    expected = {"ok": row.status, "no": 403}.get(answer, 401)
    assert reply.status == expected, reply.content
    assert reply.get("X-Request-Id")
    if answer != "ok":
        check_refusal(reply, row, answer, header)


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
        secured.ask(Asked("PUT", f"/v2/{HERE}/manifests/v1", *_content()))
        yield secured


@pytest.mark.parametrize(
    "header",
    [None, "", basic("who"), bearer("what"), bearer(new(Kind.ROBOT)), "nonsense"],
    ids=["nothing", "empty", "password", "token", "secret", "nonsense"],
)
@pytest.mark.parametrize("place", ROWS, ids=" ".join)
def test_an_open_registry_lets_everybody_through(
    place: tuple[str, str], header: str | None, opened: Secured
) -> None:
    """A client that logs in anyway works as well as others."""
    row = ROWS[place]
    assert opened.ask(row.asked, header).status == row.status
