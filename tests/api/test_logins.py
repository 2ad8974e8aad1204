"""How long a login lasts: refresh tokens, and what ends them and the tokens that were given."""

from collections.abc import Iterator

import jwt
import pytest

from longshore.credentials.passwords import Argon2Passwords
from longshore.registry import accounts, keys
from longshore.registry.secrets import is_wellformed
from tests.api.asking import LIFETIME, PULL, PUSH, get, post, scope_of, with_password
from tests.api.conftest import sound
from tests.api.pushing import Repository
from tests.api.secured import BEHIND_A_PROXY, Asked, Secured, basic, bearer, new_address
from tests.api.wire import Reply, Wire
from tests.content import index

TAGS = Asked("GET", "/v2/team/app/tags/list")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("logins")
    options = ("--workers", "1", "--token-lifetime", str(LIFETIME), *BEHIND_A_PROXY)
    with sound(folder / "data", *options) as server:
        Repository(Wire(server.port), "team/app").push(index(), "v1")
        yield Secured(server)


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
