"""The compact form of tokens: one spelling, one algorithm, and nothing that a header decides."""

import hashlib
import hmac
from contextlib import suppress
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.credentials import jws
from longshore.oci.scope import Scope
from longshore.registry.credentials import TokenInvalid
from tests.credentials.forging import (
    CLAIMS,
    KEY,
    TOKEN,
    TOKENS,
    VALUES,
    forged,
    payload,
    read,
    refusal,
)
from tests.credentials.issuer import base64url, compact, signing_key

RSA = signing_key("RSA", 0)


@pytest.mark.parametrize(
    "token",
    [
        compact({"typ": "JWT", "alg": "none", "kid": KEY.id}, payload(), lambda _: b"x"),
        compact({"typ": "JWT", "alg": "none", "kid": KEY.id}, payload(), lambda _: b""),
        compact({"typ": "JWT", "alg": "nOnE", "kid": KEY.id}, payload(), lambda _: b"x"),
        forged({"alg": "none"}),
        forged({"alg": "HS384"}),
        forged({"alg": "HS512"}),
        forged({"alg": "RS256"}),
        forged({"alg": ["HS256"]}),
        forged({"alg": None}),
        forged({"alg": "hs256"}),
        compact(
            {"typ": "JWT", "alg": "HS512", "kid": KEY.id},
            payload(),
            lambda message: hmac.digest(KEY.secret, message, "sha512"),
        ),
        compact(
            {"typ": "JWT", "alg": "RS256", "kid": KEY.id},
            payload(),
            lambda message: RSA.sign("RS256", message),
        ),
        forged(secret=b""),
        forged(secret=hashlib.sha256(b"").digest()),
        forged({"kid": None}),
        forged({"kid": 1}),
        forged({"kid": [KEY.id]}),
        forged({"kid": "../../dev/null"}),
        forged({"typ": "at+jwt"}),
        forged({"typ": None}),
        forged({"crit": ["exp"]}),
        forged({"crit": []}),
        forged({"b64": False}),
        forged({"b64": False, "crit": ["b64"]}),
    ],
)
def test_a_header_decides_nothing(token: str) -> None:
    refusal(token)


DEEP = b"[" * 5000


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "null",
        TOKEN.rpartition(".")[0],
        TOKEN.rpartition(".")[0] + ".",
        TOKEN + "=",
        TOKEN + ".",
        TOKEN + "\n",
        " " + TOKEN,
        "Bearer " + TOKEN,
        TOKEN + "." + TOKEN,
        TOKEN[:-1],
        TOKEN[:50] + "\n" + TOKEN[50:],
        TOKEN.replace("-", "+").replace("_", "/") + "+",
        "é" + TOKEN,
        "\ud800" + TOKEN,
        "\0",
        *(
            f"{base64url(header)}.{TOKEN.partition('.')[2]}"
            for header in (b"", b"null", b"[]", b"{", b"\xff", DEEP, b'{"a":NaN}', b"1" * 5000)
        ),
        "a" * (jws.LIMIT + 1),
        ".".join(["a" * jws.LIMIT] * 3),
    ],
    ids=lambda token: repr(token[:20]),
)
def test_what_is_no_token_is_refused(token: str) -> None:
    refusal(token)


def test_a_token_has_one_spelling() -> None:
    """The last digit of a signature has bits to spare, which base64 decoders leave out."""
    good = []
    for spelling in (TOKEN[:-1] + chr(code) for code in range(33, 127)):
        with suppress(TokenInvalid):
            read(spelling)
            good.append(spelling)
    assert good == [TOKEN]


def test_a_token_is_not_padded() -> None:
    assert jws.verify(TOKEN, KEY.secret, "HS256")
    with pytest.raises(TokenInvalid, match="form"):
        jws.verify(TOKEN + "=", KEY.secret, "HS256")


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_only_python_takes_for_json_is_none(constant: bytes) -> None:
    assert jws.parse(b'{"a": 1}') == {"a": 1}
    with pytest.raises(TokenInvalid, match="JSON"):
        jws.parse(b'{"a": ' + constant + b"}")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff\xfe{\0}\0", b'{"sub": Infinity}', b'{"a":' + DEEP]
)
def test_what_was_signed_and_is_no_claims_is_refused(content: bytes) -> None:
    token = jwt.PyJWS().encode(content, KEY.secret, "HS256", {"kid": KEY.id})
    refusal(token)


def test_a_token_that_is_too_long_is_not_looked_at() -> None:
    scope = Scope("repository", "x" * jws.LIMIT, frozenset({"pull"}))
    token = TOKENS.sign(CLAIMS._replace(access=(scope,)), KEY)
    assert "form" in refusal(token)


@given(st.text() | st.text("abAB01-_.="))
def test_any_text_is_refused(text: str) -> None:
    refusal(text)


@given(st.integers(0, len(TOKEN)), st.text("aZ0-_.=", max_size=3), st.integers(0, 3))
def test_a_token_that_was_changed_is_refused(place: int, filling: str, gone: int) -> None:
    changed = TOKEN[:place] + filling + TOKEN[place + gone :]
    if changed != TOKEN:
        refusal(changed)


@given(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "zip"]), VALUES)
def test_a_header_of_any_kind_is_understood_or_refused(name: str, value: Any) -> None:
    with suppress(TokenInvalid):
        assert read(forged({name: value})) == CLAIMS
