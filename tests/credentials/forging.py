"""A good token of this registry, and what somebody makes of it who would like another."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from longshore.credentials.tokens import JWTTokens
from longshore.oci.scope import Scope
from longshore.registry.credentials import Claims, Key, TokenInvalid, Tokens
from tests.credentials.issuer import compact

NOW = 1_750_000_000
AUDIENCE = "registry.acme.test"
KEY = Key("k1", b"planted secret of the first key!")
OLD = Key("k0", b"planted secret of the older key!")
TOKENS: Tokens = JWTTokens("longshore")
CLAIMS = Claims(
    "alice",
    AUDIENCE,
    NOW,
    NOW + 300,
    (
        Scope("repository", "acme/app", frozenset({"pull", "push"})),
        Scope("registry", "catalog", frozenset({"*"})),
    ),
    "repo:acme/app:ref:refs/heads/main",
)
TOKEN = TOKENS.sign(CLAIMS, KEY)

# Any JSON, and a little more.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def read(token: str, *, now: int = NOW, audience: str = AUDIENCE) -> Claims:
    return TOKENS.read(token, [OLD, KEY], audience, now)


def hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.digest(secret, message, "sha256")


def payload(**changes: Any) -> dict[str, Any]:
    """What a good token says, with members replaced, and left out where they are None."""
    told = json.loads(base64.urlsafe_b64decode(TOKEN.split(".")[1] + "=="))
    return {name: value for name, value in (told | changes).items() if value is not None}


def forged(header: dict[str, Any] | None = None, secret: bytes = KEY.secret, **changes: Any) -> str:
    """A token that our own key signed, though we would not."""
    head = {"typ": "JWT", "alg": "HS256", "kid": KEY.id, **(header or {})}
    return compact(head, payload(**changes), hs256(secret))


def refusal(token: str, **how: Any) -> str:
    with pytest.raises(TokenInvalid) as caught:
        read(token, **how)
    return str(caught.value)
