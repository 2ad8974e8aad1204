"""The token endpoint, in the forms of both specifications: what a token is given for."""

import time
from collections.abc import Iterator
from datetime import datetime

import jwt
import pytest

from longshore.api.tokens import FORM_LIMIT, SCOPES_LIMIT
from tests.api.asking import FORM, LIFETIME, PUBLIC, PULL, PUSH, get, post, scope_of, with_password
from tests.api.conftest import sound
from tests.api.pushing import Repository
from tests.api.secured import BEHIND_A_PROXY, PASSWORD, Asked, Secured, basic, bearer
from tests.api.wire import Wire
from tests.content import index

TAGS = Asked("GET", "/v2/team/app/tags/list")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tokens")
    options = ("--workers", "1", "--token-lifetime", str(LIFETIME), *BEHIND_A_PROXY)
    with sound(folder / "data", *options) as server:
        for name in ("team/app", PUBLIC):
            Repository(Wire(server.port), name).push(index(), "v1")
        secured = Secured(server)
        secured.add_user("alice", "team:push")
        secured.grant("anonymous", "public:pull")
        yield secured


def test_a_token_has_all_that_clients_look_for(secured: Secured) -> None:
    before = int(time.time())
    reply = get(secured, f"scope={PULL}", basic("alice"))
    body = reply.json()
    assert set(body) == {"token", "access_token", "expires_in", "issued_at", "scope"}
    assert body["token"] == body["access_token"]
    assert body["expires_in"] == LIFETIME
    assert body["scope"] == PULL
    issued = datetime.fromisoformat(body["issued_at"]).timestamp()
    assert before <= issued <= time.time()
    assert reply.header("Content-Type") == "application/json"
    assert reply.header("Cache-Control") == "no-store"
    claims = jwt.decode(body["token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == LIFETIME
    assert claims["sub"] == "alice"
    assert claims["access"] == [{"type": "repository", "name": "team/app", "actions": ["pull"]}]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("service=anything&account=bob&client_id=docker", ""),
        (f"scope={PUSH}", PUSH),
        ("scope=repository:team/app:*", PUSH),
        ("scope=repository:team/app:pull,push,delete", PUSH),
        (f"scope={PULL}&scope=repository:team/other:push", f"{PULL} repository:team/other:push"),
        (f"scope={PULL}+repository:team/other:pull", f"{PULL} repository:team/other:pull"),
        (
            f"scope={PULL}%20repository:a:pull&scope=repository:public/app:pull",
            f"{PULL} repository:public/app:pull",
        ),
        (f"scope={PULL}&scope={PULL}", PULL),
        (f"scope=&scope=nonsense&scope=:::&scope={PULL}", PULL),
        ("scope=repository:others/app:pull,push", ""),
        ("scope=repository:team/app:invented", ""),
        ("scope=invented:team/app:pull", ""),
        ("scope=repository(plugin):team/app:pull", PULL),
        ("scope=registry:catalog:*", "registry:catalog:*"),
        ("scope=repository:team/app:", ""),
        ("scope=repository:%C3%BC:pull", ""),
    ],
)
def test_what_is_asked_is_narrowed_and_never_refused(
    query: str, expected: str, secured: Secured
) -> None:
    assert scope_of(get(secured, query, basic("alice"))) == expected
    fields = [("scope", one.partition("=")[2]) for one in query.split("&") if "scope=" in one]
    decoded = [(name, value.replace("+", " ").replace("%20", " ")) for name, value in fields]
    if "%C3" not in query:
        assert scope_of(post(secured, *with_password(*decoded))) == expected


def test_anybody_gets_a_token_for_what_anybody_may(secured: Secured) -> None:
    reply = get(secured, f"scope=repository:{PUBLIC}:pull,push&scope={PULL}")
    assert scope_of(reply) == f"repository:{PUBLIC}:pull"
    token = bearer(reply.json()["token"])
    assert secured.ask(Asked("GET", "/v2/"), token).status == 200
    assert secured.ask(Asked("GET", f"/v2/{PUBLIC}/manifests/v1"), token).status == 200
    assert secured.ask(TAGS, token).status == 401
    assert "refresh_token" not in get(secured, "offline_token=true").json()


def test_a_login_needs_a_good_password(secured: Secured) -> None:
    """As `docker login` asks: without a scope."""
    assert get(secured, "", basic("alice")).status == 200
    assert post(secured, *with_password()).status == 200
    for name, password in (("alice", "wrong"), ("nobody", PASSWORD), ("", ""), ("alice", "")):
        refused = get(secured, "", basic(name, password))
        assert (refused.status, refused.codes) == (401, ["UNAUTHORIZED"])
        fields = [("grant_type", "password"), ("username", name), ("password", password)]
        refused = post(secured, *fields)
        assert (refused.status, refused.codes) == (401, ["UNAUTHORIZED"])


def test_a_token_can_not_be_had_for_a_token(secured: Secured) -> None:
    """Else it would never end."""
    token = bearer(secured.token(basic("alice"), PULL))
    assert get(secured, f"scope={PUSH}", token).status == 401


def test_head_answers_as_get(secured: Secured) -> None:
    reply = secured.ask(Asked("HEAD", f"/token?scope={PULL}"), basic("alice"))
    assert (reply.status, reply.content) == (200, b"")
    assert int(reply.header("Content-Length")) > 100
    assert secured.ask(Asked("HEAD", "/token"), basic("alice", "wrong")).status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"grant_type=",
        b"grant_type=authorization_code&code=x",
        b"GRANT_TYPE=password",
        b"grant_type=password%00",
        b"\xff\xfe",
        b"grant_type=%ff",
        "grant_type=pässword".encode(),
        b"{}",
        b"&&&===&",
    ],
)
def test_what_is_no_request_for_a_token_is_refused(body: bytes, secured: Secured) -> None:
    reply = secured.ask(Asked("POST", "/token", body, FORM))
    assert (reply.status, reply.codes) == (400, ["UNSUPPORTED"])


@pytest.mark.parametrize("is_told", [True, False])
def test_a_huge_form_is_refused(is_told: bool, secured: Secured) -> None:
    body = b"grant_type=password&x=" + b"x" * FORM_LIMIT
    sent = body if is_told else [body[:1000], body[1000:]]
    reply = secured.wire.ask("POST", "/token", sent, {"Content-Type": FORM})
    assert (reply.status, reply.codes) == (413, ["SIZE_INVALID"])


def test_many_scopes_are_cut_to_what_fits_a_header(secured: Secured) -> None:
    asked = [("scope", f"repository:team/app{number}:pull") for number in range(5 * SCOPES_LIMIT)]
    reply = post(secured, *with_password(*asked))
    assert len(scope_of(reply).split()) == SCOPES_LIMIT
    assert secured.ask(Asked("GET", "/v2/"), bearer(reply.json()["token"])).status == 200


@pytest.mark.parametrize("length", [50, 200])
def test_a_token_is_never_longer_than_is_read(length: int, secured: Secured) -> None:
    name = "n" * length
    asked = [("scope", f"repository:team/{name}{n:03}:pull,push") for n in range(SCOPES_LIMIT)]
    token = post(secured, *with_password(*asked)).json()["token"]
    assert secured.ask(Asked("GET", "/v2/"), bearer(token)).status == 200
