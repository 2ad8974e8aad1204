"""Signed tokens in their compact form (RFC 7515, section 3.1), whoever signed them.

Decides what is read of a token before its signature was verified, and that no second spelling of
a token verifies. What is wrong becomes TokenInvalid, which tells nothing of the token. Knows no
claim; the algorithm is the caller's, never the token's own word.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import jwt

from longshore.registry.credentials import TokenInvalid

LIMIT = 16 * 1024  # characters of a token
PUBLIC_ALGORITHMS = frozenset(
    {
        *(f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)),
        "EdDSA",
    }
)

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
_JWS = jwt.PyJWS(
    algorithms=["HS256", *PUBLIC_ALGORITHMS], options={"enforce_minimum_key_length": True}
)


def sign(claims: dict[str, Any], key: bytes, key_id: str) -> str:
    """A token of ours, by HMAC with SHA-256; `key` has 256 bits at least."""
    payload = json.dumps(claims, separators=(",", ":")).encode()
    return _JWS.encode(payload, key, "HS256", headers={"kid": key_id})


def verify(token: str, key: bytes | jwt.PyJWK, algorithm: str) -> dict[str, Any]:
    """The claims, if this key signed them by this algorithm; raises TokenInvalid."""
    _segments(token)
    try:
        payload = _JWS.decode(token, key, algorithms=[algorithm])
    except (jwt.PyJWTError, ValueError, TypeError):
        raise TokenInvalid("the signature is not right") from None
    return parse(payload)


def header(token: str) -> dict[str, Any]:
    """What stands before the claims; nothing vouches for it. Raises TokenInvalid."""
    return parse(_decode(_segments(token)[0]))


def unverified(token: str) -> dict[str, Any]:
    """The claims, for which nothing vouches; raises TokenInvalid."""
    return parse(_decode(_segments(token)[1]))


def parse(content: bytes) -> dict[str, Any]:
    """The members of a JSON object (RFC 8259); raises TokenInvalid."""
    try:
        found = json.loads(content.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise TokenInvalid("what should be JSON is not") from None
    if not isinstance(found, dict):
        raise TokenInvalid("what should be a JSON object is not")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _segments(token: str) -> tuple[str, str]:
    """Header and claims as they are written."""
    form = _COMPACT.fullmatch(token) if len(token) <= LIMIT else None
    if form is None:
        raise TokenInvalid("it has not the form of a signed token")
    return form[1], form[2]


def _decode(segment: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise TokenInvalid("what should be base64 is not") from None
