"""Identity tokens: no trick makes one that the issuer did not sign."""

import hmac
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.registry.credentials import IdentityTokens
from tests.credentials.believing import NOW, refusal
from tests.credentials.issuer import (
    ALGORITHMS,
    AUDIENCE,
    KEYS,
    TYPE_OF,
    Answer,
    Issuer,
    base64url,
    compact,
    signing_key,
)


@pytest.mark.parametrize(
    "headers",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES256K"},
        {"alg": "rs256"},
        {"alg": None},
        {"alg": ["RS256"]},
        {"alg": "RS384"},
        {"alg": "PS256"},
        {"alg": "ES256"},
        {"alg": "EdDSA"},
        {"kid": "unknown"},
        {"kid": 1},
        {"kid": ["RSA-0"]},
        {"kid": ""},
        {"kid": "P-256-0"},
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
        {"typ": 1},
        {"jku": "https://issuer.acme.test/keys"},
        {"x5u": "https://issuer.acme.test/certificate"},
        {"jwk": signing_key("RSA", 5).public()},
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False},
        {"b64": False, "crit": ["b64"]},
    ],
    ids=lambda headers: str(headers)[:40],
)
async def test_a_header_decides_nothing(
    headers: dict[str, Any], issuer: Issuer, tokens: IdentityTokens
) -> None:
    await refusal(tokens, issuer.token(headers=headers), issuer)


@pytest.mark.parametrize("alg", ["none", "HS256", "ES256K"])
async def test_an_algorithm_that_is_not_accepted_asks_nobody(
    alg: str, issuer: Issuer, tokens: IdentityTokens
) -> None:
    reason = await refusal(tokens, issuer.token(headers={"alg": alg}), issuer)
    assert reason == "it is signed by an algorithm that is not accepted"
    assert issuer.fetches.total() == 0


@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_a_signature_by_another_key_is_none(
    alg: str, issuer: Issuer, tokens: IdentityTokens
) -> None:
    """A key of somebody's own, under the id of the issuer's."""
    own = signing_key(TYPE_OF[alg], 9)._replace(id=issuer.key(alg).id)
    token = issuer.token(alg=alg, key=own)
    assert await refusal(tokens, token, issuer) == "the signature is not right"
    bare = token.rpartition(".")[0]
    assert await refusal(tokens, f"{bare}.{base64url(bytes(64))}", issuer)
    assert await refusal(tokens, f"{bare}.", issuer)


def public_forms(issuer: Issuer) -> list[bytes]:
    """All spellings of the issuer's public key that could be taken for a secret."""
    key = issuer.key("RS256")
    jwk = json.dumps(key.public()).encode()
    return [key.pem(), key.pem().rstrip(), jwk, key.public()["n"].encode(), b"", key.id.encode()]


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "RS256"])
async def test_a_public_key_is_no_secret(
    algorithm: str, issuer: Issuer, tokens: IdentityTokens
) -> None:
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "x", "iat": NOW, "exp": NOW + 60}
    header = {"typ": "JWT", "alg": algorithm, "kid": issuer.key("RS256").id}
    for secret in public_forms(issuer):

        def sign(message: bytes, secret: bytes = secret) -> bytes:
            return hmac.digest(secret, message, f"sha{algorithm[2:]}")

        await refusal(tokens, compact(header, claims, sign), issuer)


async def test_a_symmetric_key_that_an_issuer_publishes_signs_nothing(
    issuer: Issuer, tokens: IdentityTokens
) -> None:
    secret = b"published for everybody to read."
    key = {"kty": "oct", "kid": "shared", "k": base64url(secret)}
    issuer.lie(KEYS, Answer.of({"keys": [key]}))
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "x", "iat": NOW, "exp": NOW + 60}
    for algorithm in ("HS256", "RS256", "none"):
        header = {"alg": algorithm, "kid": "shared"}
        token = compact(header, claims, lambda message: hmac.digest(secret, message, "sha256"))
        await refusal(tokens, token, issuer)


async def test_claims_that_were_changed_are_not_believed(
    issuer: Issuer, tokens: IdentityTokens
) -> None:
    head, body, signature = issuer.token(repository="other/app").split(".")
    _, wanted, _ = issuer.token(repository="acme/app").split(".")
    await tokens.verify(f"{head}.{body}.{signature}", issuer.url, AUDIENCE, NOW)
    assert "signature" in await refusal(tokens, f"{head}.{wanted}.{signature}", issuer)


async def test_a_token_of_one_issuer_is_none_of_another(tokens: IdentityTokens) -> None:
    with Issuer(lambda: NOW) as one, Issuer(lambda: NOW) as other:
        one.rotate()
        theirs = one.token(iss=other.url)
        assert await refusal(tokens, theirs, other) == "the issuer has no such key"
        assert await refusal(tokens, one.token(), other) == "another issuer signed it"
        assert one.fetches.total() == 0


MUTATION = st.tuples(st.floats(0, 1), st.text("aZ0-_.=", max_size=3), st.integers(0, 3))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["RS256", "ES256", "EdDSA"]), MUTATION)
async def test_a_token_that_was_changed_is_refused(
    issuer: Issuer, alg: str, mutation: tuple[float, str, int]
) -> None:
    tokens, token = OIDCIdentityTokens(), issuer.token(alg=alg)
    place = int(mutation[0] * len(token))
    changed = token[:place] + mutation[1] + token[place + mutation[2] :]
    if changed != token:
        await refusal(tokens, changed, issuer)
