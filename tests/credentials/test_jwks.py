"""Sets of keys: which key a signature may be by, and that a bad one spoils no other."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import get_default_algorithms

from longshore.credentials import jwks, jws
from longshore.registry.credentials import IdentityTokens, TokenInvalid
from tests.credentials.believing import NOW, refusal
from tests.credentials.forging import VALUES
from tests.credentials.issuer import (
    ALGORITHMS,
    AUDIENCE,
    KEYS,
    TYPE_OF,
    Answer,
    Issuer,
    SigningKey,
    signing_key,
)

RSA, EC, OKP = (signing_key(kind, 0) for kind in ("RSA", "P-256", "Ed25519"))


def fitting(*keys: dict[str, Any], key_id: str | None = RSA.id, algorithm: str = "RS256") -> int:
    """How many of them a signature may be by."""
    return len(jwks.fitting(jwks.keys_of({"keys": list(keys)}), key_id, algorithm))


def test_every_algorithm_that_is_accepted_is_tested() -> None:
    assert set(ALGORITHMS) == jws.PUBLIC_ALGORITHMS


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_is_for_algorithms_of_its_type_and_curve(algorithm: str) -> None:
    everybody = [signing_key(kind, 0).public(kid="one") for kind in set(TYPE_OF.values())]
    [found] = jwks.fitting(everybody, "one", algorithm)
    message = b"signed"
    signature = signing_key(TYPE_OF[algorithm], 0).sign(algorithm, message)
    assert found.Algorithm.verify(message, found.key, signature)
    assert found.algorithm_name == algorithm


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256K", "", "RSA"])
def test_no_key_is_for_another_algorithm(algorithm: str) -> None:
    everybody = [signing_key(kind, 0).public(kid="one") for kind in set(TYPE_OF.values())]
    assert fitting(*everybody, key_id="one", algorithm=algorithm) == 0


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"use": ["sig"]},
        {"alg": "RS512"},
        {"alg": None},
        {"key_ops": ["encrypt"]},
        {"key_ops": []},
        {"key_ops": "verify"},
        {"kty": "EC"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": None},
        {"kty": ["RSA"]},
        {"n": None},
        {"n": "!"},
        {"n": 1},
        {"e": "AA"},
        {"n": "", "e": ""},
        {"kid": "another"},
        {"kid": [RSA.id]},
        {"kid": None},
        {"d": "AQAB"},
    ],
    ids=str,
)
def test_a_key_that_is_for_something_else_is_left_out(members: dict[str, Any]) -> None:
    assert fitting(RSA.public(**members)) == 0
    assert fitting(RSA.public(**members), RSA.public()) == 1


def test_a_point_that_is_not_on_its_curve_is_no_key() -> None:
    assert fitting(EC.public(), key_id=EC.id, algorithm="ES256") == 1
    moved = EC.public(x=EC.public()["y"])
    assert fitting(moved, key_id=EC.id, algorithm="ES256") == 0


def test_a_private_key_that_is_published_is_nobodys() -> None:
    algorithm = get_default_algorithms()["RS256"]
    private = algorithm.to_jwk(RSA.private, as_dict=True)
    assert fitting(RSA.public(), key_id=RSA.id) == 1
    assert fitting(RSA.public(**(private | {"key_ops": ["verify"]})), key_id=RSA.id) == 0


def test_a_key_that_says_no_more_than_it_must_fits() -> None:
    bare = {name: value for name, value in OKP.public().items() if name in {"kty", "crv", "x"}}
    assert fitting(bare, key_id=None, algorithm="EdDSA") == 1


def test_without_an_id_there_must_be_no_other() -> None:
    other = signing_key("RSA", 1).public()
    assert fitting(RSA.public(), key_id=None) == 1
    assert fitting(RSA.public(), EC.public(), key_id=None) == 1
    assert fitting(RSA.public(), other, key_id=None) == 0
    assert fitting(key_id=None) == 0


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": None},
        {"keys": {}},
        {"keys": "keys"},
        {"keys": [{}] * (jwks.LIMIT + 1)},
        {"Keys": []},
    ],
    ids=lambda document: str(document)[:30],
)
def test_what_is_no_set_of_keys_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid, match="set of at most"):
        jwks.keys_of(document)


def test_what_is_no_key_is_left_out() -> None:
    assert jwks.keys_of({"keys": [None, 1, "key", [], {}]}) == [{}]


@given(
    st.sampled_from([RSA, EC, OKP]),
    st.dictionaries(
        st.sampled_from(["kty", "kid", "crv", "x", "y", "n", "e", "alg", "use", "key_ops"]),
        VALUES | st.text("AB-_=", max_size=90),
        max_size=3,
    ),
)
def test_a_damaged_key_spoils_nothing(key: SigningKey, members: dict[str, Any]) -> None:
    for algorithm in ALGORITHMS:
        found = fitting(key.public(**members), key.public(), key_id=key.id, algorithm=algorithm)
        assert found in ({1, 2} if TYPE_OF[algorithm] == key.type else {0, 1})


async def test_a_short_key_signs_nothing(issuer: Issuer, tokens: IdentityTokens) -> None:
    short = SigningKey("short", "RSA", rsa.generate_private_key(65537, 1024))  # noqa: S505
    issuer.lie(KEYS, Answer.of({"keys": [short.public()]}))
    token = issuer.token(key=short)
    assert await refusal(tokens, token, issuer) == "the signature is not right"


@pytest.mark.parametrize("order", [list, reversed])
async def test_keys_of_one_id_are_all_tried(
    order: Callable[[list[Any]], Any], issuer: Issuer, tokens: IdentityTokens
) -> None:
    """RFC 7517, section 4.5, would have them differ; an issuer may err."""
    twins = [signing_key("RSA", number)._replace(id="twin") for number in (0, 1)]
    issuer.lie(KEYS, Answer.of({"keys": [key.public() for key in order(twins)]}))
    for key in twins:
        await tokens.verify(issuer.token(key=key), issuer.url, AUDIENCE, NOW)
    third = signing_key("RSA", 2)._replace(id="twin")
    assert await refusal(tokens, issuer.token(key=third), issuer) == "the signature is not right"
