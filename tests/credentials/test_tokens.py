"""Tokens of this registry: what stands in them, and when they are good."""

import json
import logging
import time
from contextlib import suppress
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.credentials import jws
from longshore.credentials.tokens import LEEWAY, JWTTokens
from longshore.oci.scope import Scope
from longshore.registry.credentials import Claims, Key, TokenInvalid
from tests.credentials.forging import (
    AUDIENCE,
    CLAIMS,
    KEY,
    NOW,
    OLD,
    TOKEN,
    TOKENS,
    VALUES,
    forged,
    payload,
    read,
    refusal,
)


def test_a_token_says_what_was_signed() -> None:
    assert read(TOKEN) == CLAIMS
    anybody = CLAIMS._replace(subject="", access=(), identity="")
    assert read(TOKENS.sign(anybody, OLD)) == anybody


SCOPES = st.builds(Scope, st.text(), st.text(), st.frozensets(st.text()))


@given(st.text(), st.text(), st.lists(SCOPES, max_size=5), st.text(), st.integers(0, NOW))
def test_everything_that_is_signed_is_read_again(
    subject: str, audience: str, access: list[Scope], identity: str, now: int
) -> None:
    claims = Claims(subject, audience, now, now + 1, tuple(access), identity)
    token = TOKENS.sign(claims, KEY)
    if len(token) <= jws.LIMIT:
        assert TOKENS.read(token, [KEY], audience, now) == claims


def test_a_token_has_the_claims_of_the_specification() -> None:
    header = jwt.get_unverified_header(TOKEN)
    assert header == {"typ": "JWT", "alg": "HS256", "kid": "k1"}
    told = payload()
    assert len(told.pop("jti")) == 32
    assert told == {
        "iss": "longshore",
        "sub": "alice",
        "aud": AUDIENCE,
        "exp": NOW + 300,
        "nbf": NOW,
        "iat": NOW,
        "access": [
            {"type": "repository", "name": "acme/app", "actions": ["pull", "push"]},
            {"type": "registry", "name": "catalog", "actions": ["*"]},
        ],
        "identity": "repo:acme/app:ref:refs/heads/main",
    }


def test_no_two_tokens_are_the_same() -> None:
    assert TOKENS.sign(CLAIMS, KEY) != TOKENS.sign(CLAIMS, KEY)


def test_other_readers_of_tokens_read_ours() -> None:
    now = int(time.time())
    token = TOKENS.sign(CLAIMS._replace(issued_at=now, expires_at=now + 300), KEY)
    told = jwt.decode(token, KEY.secret, ["HS256"], audience=AUDIENCE, issuer="longshore")
    assert told["sub"] == "alice"


def test_a_short_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="32 bytes") as caught:
        TOKENS.sign(CLAIMS, Key("k", b"planted"))
    assert "planted" not in str(caught.value)


def test_a_key_that_is_gone_reads_nothing() -> None:
    with pytest.raises(TokenInvalid, match="no present key"):
        TOKENS.read(TOKEN, [OLD], AUDIENCE, NOW)
    with pytest.raises(TokenInvalid, match="no present key"):
        TOKENS.read(TOKEN, [], AUDIENCE, NOW)


def test_a_key_of_the_same_name_is_not_the_same_key() -> None:
    with pytest.raises(TokenInvalid, match="signature"):
        TOKENS.read(TOKEN, [OLD._replace(id=KEY.id)], AUDIENCE, NOW)


def test_a_token_is_good_from_its_time_to_its_time() -> None:
    assert read(TOKEN, now=NOW - LEEWAY) == CLAIMS
    assert refusal(TOKEN, now=NOW - LEEWAY - 1) == "it is not valid yet"
    assert read(TOKEN, now=NOW + 299) == CLAIMS
    assert refusal(TOKEN, now=NOW + 300) == "it has expired"


def test_a_token_is_good_for_its_audience_and_of_its_issuer() -> None:
    assert "audience" in refusal(TOKEN, audience="another")
    assert "audience" in refusal(TOKEN, audience=AUDIENCE.upper())
    with pytest.raises(TokenInvalid, match="issuer"):
        JWTTokens("another").read(TOKEN, [KEY], AUDIENCE, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in payload() if name != "identity"),
        {"iss": ["longshore"]},
        {"sub": 1},
        {"aud": [AUDIENCE]},
        {"exp": True},
        {"exp": str(NOW + 300)},
        {"exp": NOW + 300.5},
        {"exp": NOW},
        {"nbf": NOW + 60},
        {"nbf": False},
        {"iat": NOW + 60},
        {"iat": 1e400},
        {"jti": 7},
        {"access": {}},
        {"access": ["repository:acme/app:pull"]},
        {"access": [{"type": "repository", "name": "acme/app"}]},
        {"access": [{"type": "repository", "name": "acme/app", "actions": "pull"}]},
        {"access": [{"type": "repository", "name": "acme/app", "actions": [["pull"]]}]},
        {"access": [{"type": "repository", "name": 1, "actions": []}]},
        {"identity": ["alice"]},
    ],
    ids=str,
)
def test_claims_that_are_not_as_they_should_be(changes: dict[str, Any]) -> None:
    assert read(forged()).subject == "alice"
    refusal(forged(**changes))


@given(st.sampled_from(sorted(payload())), VALUES)
def test_a_claim_of_any_kind_is_understood_or_refused(name: str, value: Any) -> None:
    with suppress(TokenInvalid):
        claims = read(forged(**{name: value}))
        assert claims.audience == AUDIENCE
        assert all(isinstance(scope, Scope) for scope in claims.access)
        assert json.dumps(claims[:4])


def test_no_secret_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = [repr(KEY), repr(TOKENS)]
    for token in (TOKEN, TOKEN + "x", TOKEN[:-2] + "xx", forged(exp=1), "planted." + TOKEN):
        with pytest.raises(TokenInvalid) as caught:
            TOKENS.read(token, [KEY], "another", NOW)
        shown += [repr(caught.value), *caught.value.args]
        assert caught.value.__cause__ is None
    for text in [*shown, caplog.text]:
        assert "planted" not in text
        assert TOKEN[-20:] not in text
