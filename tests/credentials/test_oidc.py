"""Identity tokens: which of a real issuer's are believed, and what they say."""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.credentials import jws, oidc
from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.registry.credentials import IdentityTokens, TokenInvalid
from tests.credentials.believing import NOW, refusal
from tests.credentials.forging import VALUES
from tests.credentials.issuer import (
    ALGORITHMS,
    AUDIENCE,
    SUBJECT,
    Issuer,
    base64url,
    signing_key,
)


@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_a_token_says_who_a_build_is(
    alg: str, issuer: Issuer, tokens: IdentityTokens
) -> None:
    token = issuer.token(alg=alg, environment="production")
    assert tokens.issuer_of(token) == issuer.url
    claims = await tokens.verify(token, issuer.url, AUDIENCE, NOW)
    told = {name: claims[name] for name in ("iss", "aud", "sub", "repository", "environment")}
    assert told == {
        "iss": issuer.url,
        "aud": AUDIENCE,
        "sub": SUBJECT,
        "repository": "acme/app",
        "environment": "production",
    }


async def test_a_token_may_come_twice_as_far_as_this_goes(
    issuer: Issuer, tokens: IdentityTokens
) -> None:
    """Whether it may is a policy's to say, and the rows' to remember: it bears a `jti`."""
    token = issuer.token()
    first = await tokens.verify(token, issuer.url, AUDIENCE, NOW)
    assert await tokens.verify(token, issuer.url, AUDIENCE, NOW) == first
    assert first["jti"]


async def test_a_token_may_be_for_several(issuer: Issuer, tokens: IdentityTokens) -> None:
    token = issuer.token(aud=["another", AUDIENCE])
    assert (await tokens.verify(token, issuer.url, AUDIENCE, NOW))["aud"] == ["another", AUDIENCE]


@pytest.mark.parametrize("headers", [{"typ": None}, {"typ": "jwt"}, {"x5t": "abc"}, {"x5c": []}])
async def test_headers_as_issuers_have_them(
    headers: dict[str, Any], issuer: Issuer, tokens: IdentityTokens
) -> None:
    await tokens.verify(issuer.token(headers=headers), issuer.url, AUDIENCE, NOW)


@pytest.mark.parametrize(
    ("offset", "reason"),
    [
        (-oidc.SKEW, None),
        (-oidc.SKEW - 1, "it is not valid yet"),
        (299 + oidc.SKEW, None),
        (300 + oidc.SKEW, "it has expired"),
    ],
)
async def test_a_token_is_good_from_its_time_to_its_time(
    offset: int, reason: str | None, issuer: Issuer, tokens: IdentityTokens
) -> None:
    token = issuer.token(iat=NOW, nbf=NOW, exp=NOW + 300)
    if reason is None:
        await tokens.verify(token, issuer.url, AUDIENCE, NOW + offset)
    else:
        assert await refusal(tokens, token, issuer, now=NOW + offset) == reason


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "another"}, "another audience"),
        ({"aud": AUDIENCE + "/"}, "another audience"),
        ({"aud": ["another"]}, "another audience"),
        ({"aud": []}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": {AUDIENCE: 1}}, "another audience"),
        ({"aud": [[AUDIENCE]]}, "another audience"),
        ({"iss": "https://issuer.acme.test"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"iss": 1}, "another issuer"),
        ({"sub": None}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": [SUBJECT]}, "subject"),
        ({"exp": None}, "exp"),
        ({"exp": str(NOW + 300)}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 10**400}, "exp"),
        ({"exp": NOW - 3600}, "expired"),
        ({"exp": NOW + oidc.LONGEST + 60}, "24 hours"),
        ({"iat": None}, "iat"),
        ({"iat": "now"}, "iat"),
        ({"iat": -(10**400)}, "iat"),
        ({"iat": NOW + 3600}, "not valid yet"),
        ({"iat": NOW - oidc.LONGEST}, "24 hours"),
        ({"nbf": NOW + 3600}, "not valid yet"),
        ({"nbf": [NOW]}, "nbf"),
    ],
    ids=str,
)
async def test_claims_that_are_not_as_they_should_be(
    claims: dict[str, Any], reason: str, issuer: Issuer, tokens: IdentityTokens
) -> None:
    assert reason in await refusal(tokens, issuer.token(**claims), issuer)
    assert issuer.fetches.total() == 0  # it was in vain to ask


async def test_times_need_not_be_whole_nor_all_there(
    issuer: Issuer, tokens: IdentityTokens
) -> None:
    token = issuer.token(iat=NOW - 0.5, exp=NOW + 0.5, nbf=None)
    await tokens.verify(token, issuer.url, AUDIENCE, NOW)


@pytest.mark.parametrize(
    "token",
    ["", "a", "a.b", "a.b.c", "....", "é.é.é", "\ud800", "lsr_" + "0" * 38, "a" * (1 << 20)],
    ids=lambda token: repr(token[:10]),
)
async def test_what_is_no_token_has_no_issuer(
    token: str, issuer: Issuer, tokens: IdentityTokens
) -> None:
    assert tokens.issuer_of(token) is None
    await refusal(tokens, token, issuer)


@given(st.text() | st.text("abAB01-_.="))
def test_any_text_has_an_issuer_or_none(text: str) -> None:
    assert OIDCIdentityTokens().issuer_of(text) is None


@given(VALUES)
def test_whatever_claims_are_an_issuer_is_a_text(claims: Any) -> None:
    content = json.dumps({"iss": claims}).encode()
    issuer = OIDCIdentityTokens().issuer_of(f"e30.{base64url(content)}.eA")
    assert issuer is None or issuer == claims


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["iss", "aud", "sub", "exp", "iat", "nbf", "jti"]), VALUES)
async def test_a_claim_of_any_kind_is_understood_or_refused(
    issuer: Issuer, name: str, value: Any
) -> None:
    with suppress(TokenInvalid):
        token = issuer.token(alg="EdDSA", **{name: value})
        claims = await OIDCIdentityTokens().verify(token, issuer.url, AUDIENCE, NOW)
        assert claims["iss"] == issuer.url
        assert isinstance(claims["sub"], str)


async def test_no_token_is_shown(
    issuer: Issuer, tokens: IdentityTokens, caplog: pytest.LogCaptureFixture
) -> None:
    """Until it expires, a token is as good as a password."""
    caplog.set_level(logging.DEBUG)
    tellers: list[Callable[[], str]] = [
        lambda: issuer.token(sub="planted", key=signing_key("RSA", 9)),
        lambda: issuer.token(sub="planted", headers={"kid": "planted"}),
        lambda: issuer.token(sub="planted", headers={"alg": "planted"}),
        lambda: issuer.token(sub="planted", exp="planted"),
        lambda: issuer.token(sub="planted", aud="planted") + "planted",
    ]
    await tokens.verify(issuer.token(sub="planted"), issuer.url, AUDIENCE, NOW)
    shown = [repr(tokens), str(vars(tokens))]
    for audience in (AUDIENCE, "another"):
        shown += [await refusal(tokens, tell(), issuer, audience=audience) for tell in tellers]
    for text in [*shown, caplog.text]:
        assert "planted" not in text
        assert base64url(b"planted") not in text


async def test_a_token_that_is_too_long_costs_nothing(
    issuer: Issuer, tokens: IdentityTokens
) -> None:
    token = issuer.token(filling="x" * jws.LIMIT)
    assert "form" in await refusal(tokens, token, issuer)
    assert tokens.issuer_of(token) is None
    assert issuer.fetches.total() == 0
