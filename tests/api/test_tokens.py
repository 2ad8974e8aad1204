"""The token endpoint, in the forms of both specifications; and what its tokens are good for."""

import time
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

import jwt
import pytest

from longshore.api.tokens import FORM_LIMIT, SCOPES_LIMIT
from longshore.credentials.passwords import Argon2Passwords
from longshore.registry import accounts, keys
from longshore.registry.secrets import is_wellformed
from tests.api.conftest import sound
from tests.api.pushing import Repository
from tests.api.secured import BEHIND_A_PROXY, PASSWORD, Asked, Secured, basic, bearer, new_address
from tests.api.wire import Reply, Wire
from tests.content import index

FORM = "application/x-www-form-urlencoded"
LIFETIME = 120  # seconds
PULL, PUSH, PUBLIC = "repository:team/app:pull", "repository:team/app:pull,push", "public/app"
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


def get(secured: Secured, query: str = "", authorization: str | None = None) -> Reply:
    return secured.ask(Asked("GET", f"/token?{query}"), authorization)


def post(secured: Secured, *fields: tuple[str, str], authorization: str | None = None) -> Reply:
    return secured.ask(Asked("POST", "/token", urlencode(fields).encode(), FORM), authorization)


def with_password(*more: tuple[str, str], name: str = "alice") -> list[tuple[str, str]]:
    return [("grant_type", "password"), ("username", name), ("password", PASSWORD), *more]


def scope_of(reply: Reply) -> str:
    assert reply.status == 200, reply.content
    scope: str = reply.json()["scope"]
    return scope


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


@pytest.fixture
def user(request: pytest.FixtureRequest, secured: Secured) -> str:
    """Return somebody who is this test's alone."""
    name = f"user-{abs(hash(request.node.nodeid))}"[:60]
    secured.add_user(name, "team:push")
    return name


def log_in(secured: Secured, user: str) -> str:
    """A refresh token, as `docker login` keeps it."""
    reply = post(secured, *with_password(("access_type", "offline"), name=user))
    assert reply.status == 200, reply
    token: str = reply.json()["refresh_token"]
    assert is_wellformed(token)
    assert token.startswith("lsf_")
    return token


def refresh(secured: Secured, token: str, *more: tuple[str, str]) -> Reply:
    return post(secured, ("grant_type", "refresh_token"), ("refresh_token", token), *more)


@pytest.mark.parametrize("form", ["GET", "POST"])
def test_a_refresh_token_is_good_for_tokens(form: str, secured: Secured, user: str) -> None:
    if form == "GET":
        first = get(secured, "offline_token=true&client_id=docker", basic(user))
        token = first.json()["refresh_token"]
    else:
        token = log_in(secured, user)
    for _ in range(2):
        reply = refresh(secured, token, ("scope", PUSH))
        assert scope_of(reply) == PUSH
        assert secured.ask(TAGS, bearer(reply.json()["token"])).status == 200
    again = refresh(secured, token, ("access_type", "offline")).json()
    assert again["refresh_token"] == token
    assert "refresh_token" not in refresh(secured, token).json()


def test_a_refresh_token_is_good_for_nothing_else(secured: Secured, user: str) -> None:
    token = log_in(secured, user)
    for header in (basic(user, token), bearer(token), basic("", token)):
        assert secured.ask(TAGS, header).status == 401
        assert get(secured, "", header).status == 401


def test_what_is_no_refresh_token_is_refused(secured: Secured) -> None:
    secret = secured.add_robot("build", "team:push")
    for token in ("", "x", "lsf_" + "0" * 38, secret, "ü", "\0", "x" * 9999):
        reply = refresh(secured, token)
        assert (reply.status, reply.codes) == (401, ["UNAUTHORIZED"])


def test_a_client_can_not_choose_its_refresh_token(secured: Secured, user: str) -> None:
    fields = with_password(("access_type", "offline"), ("refresh_token", "chosen"), name=user)
    assert is_wellformed(post(secured, *fields).json()["refresh_token"])


def test_robots_get_no_refresh_token(secured: Secured) -> None:
    secret = secured.add_robot("deploy", "team:pull")
    for name in ("", "deploy"):
        reply = get(secured, "offline_token=true", basic(name, secret))
        assert reply.status == 200
        assert "refresh_token" not in reply.json()


def test_a_change_of_the_password_logs_out(secured: Secured, user: str) -> None:
    token = log_in(secured, user)
    other = Argon2Passwords().hash("another password")
    secured.write(accounts.change_password, user, other)
    assert refresh(secured, token).status == 401
    assert secured.ask(TAGS, basic(user)).status == 401
    assert secured.ask(TAGS, basic(user, "another password")).status == 200


@pytest.mark.parametrize("rule", ["disable", "remove"])
def test_who_is_let_in_no_more_is_out_with_the_next_request(
    rule: str, secured: Secured, user: str
) -> None:
    token, access = log_in(secured, user), bearer(secured.token(basic(user), PULL))
    for header in (access, basic(user)):
        assert secured.ask(TAGS, header).status == 200
    if rule == "disable":
        secured.write(accounts.enable, user, is_enabled=False)
    else:
        secured.write(accounts.remove, user)
    for header in (access, basic(user)):
        assert secured.ask(TAGS, header).status == 401
    assert refresh(secured, token).status == 401


def test_a_grant_counts_with_the_next_request(secured: Secured, user: str) -> None:
    asked = Asked("GET", f"/v2/others-{user}/tags/list")
    assert secured.ask(asked, basic(user)).status == 403
    secured.grant(user, f"others-{user}:pull")
    assert secured.ask(asked, basic(user)).status == 404
    secured.grant(user, f"others-{user}:admin")
    assert scope_of(get(secured, f"scope=repository:others-{user}:*", basic(user))).endswith(
        ":delete,pull,push"
    )


def test_a_grant_that_is_gone_takes_effect_on_tokens_that_were_given(
    secured: Secured, user: str
) -> None:
    header = bearer(secured.token(basic(user), PUSH))
    asked = Asked("POST", "/v2/team/app/blobs/uploads/")
    assert secured.ask(asked, header).status == 202
    secured.grant(user, "team:pull")
    assert secured.ask(asked, header).status == 403
    assert secured.ask(TAGS, header).status == 200


def test_a_rotation_of_keys_logs_nobody_out(secured: Secured, user: str) -> None:
    token, access = log_in(secured, user), bearer(secured.token(basic(user), PULL))
    assert secured.ask(TAGS, access).status == 200
    secured.write(keys.rotate, LIFETIME * 1000)
    later = bearer(secured.token(basic(user), PULL))
    assert (
        jwt.get_unverified_header(later[7:])["kid"] != jwt.get_unverified_header(access[7:])["kid"]
    )
    for header in (access, later, basic(user)):
        assert secured.ask(TAGS, header).status == 200
    assert refresh(secured, token).status == 200
    secured.write(keys.rotate, 0)  # as when all of their time has passed
    assert secured.ask(TAGS, later).status == 401
    assert refresh(secured, token).status == 200


def test_a_secret_that_is_removed_is_good_no_more(secured: Secured) -> None:
    secret = secured.add_robot("ship", "team:pull")
    for header in (bearer(secret), basic("ship", secret)):
        assert secured.ask(TAGS, header).status == 200
    [kept] = secured.write(lambda tx: tx.secrets.of("ship"))
    assert kept.last_used_at is not None
    secured.write(accounts.remove_secret, "ship", kept.id)
    for header in (bearer(secret), basic("ship", secret)):
        assert secured.ask(TAGS, header).status == 401


def test_many_requests_of_one_client_at_a_time_are_one_login(secured: Secured, user: str) -> None:
    """A client that pulls layers side by side is not taken for one that guesses."""
    address = new_address()
    for _ in range(30):
        assert secured.ask(TAGS, basic(user), address).status == 200
    logins = [line for line in secured.lines() if line.actor.name == user]
    assert [line.action for line in logins] == ["login"]
