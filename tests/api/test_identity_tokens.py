"""Builds that log in with what an issuer says they are: an issuer on loopback, and real tokens."""

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from longshore.registry import accounts, administration
from longshore.registry.trust import Trust
from tests.api.asking import get, post, scope_of
from tests.api.conftest import sound
from tests.api.secured import BEHIND_A_PROXY, Asked, Secured, basic, bearer, new_address
from tests.credentials.issuer import AUDIENCE, SUBJECT, Issuer
from tests.registry.granting import grant

PUSH = "repository:team/app:pull,push"
BEGIN = Asked("POST", "/v2/team/app/blobs/uploads/")
BASE = Asked("GET", "/v2/")


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("identity")
    with sound(folder / "data", "--workers", "1", *BEHIND_A_PROXY) as server:
        secured = Secured(server)
        conditions = (("repository", "acme/app"), ("ref", "refs/heads/*"))
        add(secured, Trust("ci", issuer.url, AUDIENCE, conditions, is_single_use=False))
        once = (("repository", "acme/once"),)
        add(secured, Trust("once", issuer.url, AUDIENCE, once, is_single_use=True))
        yield secured


def add(secured: Secured, trust: Trust) -> None:
    secured.write(accounts.add_trust, trust)
    secured.write(administration.grant, grant(trust.name, "team:push"))


@pytest.mark.parametrize("name", ["oidc", "ci"])
@pytest.mark.parametrize("way", ["basic", "token", "form"])
def test_a_build_pushes_where_its_trust_may(
    way: str, name: str, secured: Secured, issuer: Issuer
) -> None:
    identity, address = issuer.token(), new_address()
    header = basic(name, identity)
    if way == "token":
        reply = get(secured, f"scope={PUSH}+repository:others:pull", header)
        assert scope_of(reply) == PUSH
        header = bearer(reply.json()["token"])
    elif way == "form":
        fields = [("grant_type", "password"), ("username", name), ("password", identity)]
        reply = post(secured, *fields, ("scope", PUSH), ("access_type", "offline"))
        assert scope_of(reply) == PUSH
        assert "refresh_token" not in reply.json()  # what a build may ends with it
        header = bearer(reply.json()["token"])
        assert jwt.decode(header[7:], options={"verify_signature": False})["identity"] == SUBJECT
    assert secured.ask(BEGIN, header, address).status == 202
    refused = secured.ask(Asked("DELETE", "/v2/team/app/manifests/v1"), header, address)
    assert (refused.status, refused.codes) == (403, ["DENIED"])
    last = secured.lines()[-1]
    assert (last.actor.name, last.actor.identity, last.outcome) == ("ci", SUBJECT, "refused")


def test_a_token_that_was_stolen_is_good_from_where_it_was_used_only(
    secured: Secured, issuer: Issuer
) -> None:
    """Also while it is remembered: what is remembered is for that address."""
    header, first = basic("oidc", issuer.token()), new_address()
    for _ in range(2):
        assert secured.ask(BASE, header, first).status == 200
    assert secured.ask(BASE, header, new_address()).status == 401
    assert secured.ask(BASE, header, first).status == 200


def test_a_token_for_one_exchange_is_good_once(secured: Secured, issuer: Issuer) -> None:
    header, address = basic("oidc", issuer.token(repository="acme/once")), new_address()
    reply = secured.ask(Asked("GET", f"/token?scope={PUSH}"), header, address)
    assert scope_of(reply) == PUSH
    assert secured.ask(BASE, header, address).status == 401
    assert secured.ask(BEGIN, bearer(reply.json()["token"])).status == 202


@pytest.mark.parametrize(
    "claims",
    [
        {"repository": "stranger/app"},
        {"ref": "refs/tags/v1"},
        {"ref": None},
        {"aud": "another"},
        {"iss": "http://127.0.0.1:1"},
        {"exp": 1},
        {"nbf": 1 << 40},
        {"headers": {"alg": "none"}},
    ],
)
def test_what_fits_no_trust_is_refused_and_written_down(
    claims: dict[str, Any], secured: Secured, issuer: Issuer
) -> None:
    identity = issuer.token(**claims)
    reply = secured.ask(BASE, basic("oidc", identity))
    assert (reply.status, reply.codes) == (401, ["UNAUTHORIZED"])
    last = secured.lines()[-1]
    assert (last.actor.name, last.action, last.target) == ("anonymous", "login", "oidc")
    assert last.outcome == "refused"
    assert identity not in repr(last)


def test_a_trust_that_is_disabled_lets_nobody_in(secured: Secured, issuer: Issuer) -> None:
    conditions = (("repository", "acme/off"),)
    add(secured, Trust("off", issuer.url, AUDIENCE, conditions, is_single_use=False))
    header, address = basic("off", issuer.token(repository="acme/off")), new_address()
    token = bearer(scope_token(secured, header, address))
    assert secured.ask(BEGIN, token).status == 202
    secured.write(accounts.enable, "off", is_enabled=False)
    assert secured.ask(BASE, header, address).status == 401
    assert secured.ask(BEGIN, token).status == 401


def scope_token(secured: Secured, header: str, address: str) -> str:
    reply = secured.ask(Asked("GET", f"/token?scope={PUSH}"), header, address)
    token: str = reply.json()["token"]
    return token


def test_an_identity_token_is_no_token_of_the_registry(secured: Secured, issuer: Issuer) -> None:
    assert secured.ask(BASE, bearer(issuer.token())).status == 401
    forged = issuer.token(iss="longshore", sub="ci", access=[])
    assert secured.ask(BASE, bearer(forged)).status == 401


def test_an_issuer_that_nobody_trusts_is_not_asked(secured: Secured) -> None:
    with Issuer() as other:
        assert secured.ask(BASE, basic("oidc", other.token())).status == 401
        assert not other.fetches
