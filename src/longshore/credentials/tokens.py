"""Tokens of this registry: JSON Web Tokens with the claims that clients of registries know.

Decides what stands in a token (distribution, "Token Authentication Implementation") and when one
is good. It is signed and read by the same server or its fellows, so one secret does: HMAC, and no
other algorithm. Knows no account; where keys come from is decided elsewhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from longshore.credentials import jws
from longshore.oci.scope import Scope
from longshore.registry.credentials import Claims, Key, TokenInvalid

KEY_SIZE = 32  # bytes: as many as the hash has (RFC 7518, section 3.2)
LEEWAY = 5  # seconds by which a fellow's clock may be ahead; a token ends when it says

T = TypeVar("T")


class JWTTokens:
    """Signed as `issuer`, and read only if so."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def sign(self, claims: Claims, key: Key) -> str:
        if len(key.secret) < KEY_SIZE:
            raise ValueError(f"a key has at least {KEY_SIZE} bytes")
        payload = {
            "iss": self._issuer,
            "sub": claims.subject,
            "aud": claims.audience,
            "exp": claims.expires_at,
            "nbf": claims.issued_at,
            "iat": claims.issued_at,
            "jti": uuid.uuid4().hex,
            "access": [
                {"type": scope.type, "name": scope.name, "actions": sorted(scope.actions)}
                for scope in claims.access
            ],
        }
        if claims.identity:
            payload["identity"] = claims.identity
        return jws.sign(payload, key.secret, key.id)

    def read(self, token: str, keys: Sequence[Key], audience: str, now: int) -> Claims:
        head = jws.header(token)
        if head.get("typ") != "JWT":
            raise TokenInvalid("it is another type of token")
        key = next((key for key in keys if key.id == head.get("kid")), None)
        if key is None:
            raise TokenInvalid("no present key signed it")
        payload = jws.verify(token, key.secret, "HS256")
        if _read(payload, "iss", str) != self._issuer:
            raise TokenInvalid("another issuer signed it")
        if _read(payload, "aud", str) != audience:
            raise TokenInvalid("it is for another audience")
        _check_times(payload, now)
        _read(payload, "jti", str)
        return Claims(
            _read(payload, "sub", str),
            audience,
            payload["iat"],
            payload["exp"],
            tuple(_scope(entry) for entry in _read(payload, "access", list)),
            _read({"identity": "", **payload}, "identity", str),
        )


def _check_times(payload: Mapping[str, Any], now: int) -> None:
    if now >= _read(payload, "exp", int):
        raise TokenInvalid("it has expired")
    if now + LEEWAY < max(_read(payload, "nbf", int), _read(payload, "iat", int)):
        raise TokenInvalid("it is not valid yet")


def _scope(entry: Any) -> Scope:
    if not isinstance(entry, dict):
        raise TokenInvalid("access is not a list of objects")
    actions = _read(entry, "actions", list)
    if not all(isinstance(action, str) for action in actions):
        raise TokenInvalid("an action is no text")
    return Scope(_read(entry, "type", str), _read(entry, "name", str), frozenset(actions))


def _read(members: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """A member of exactly that type: in Python, True is a whole number as well."""
    found = members.get(name)
    if type(found) is not kind:
        raise TokenInvalid(f"it has no {name}, or not as it should be")
    return found
