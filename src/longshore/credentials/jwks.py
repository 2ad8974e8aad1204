"""Sets of public keys, as issuers publish them (RFC 7517).

Decides which keys of a set a signature may be by: the key's own type, curve, use and algorithm
have to fit, so that no key is taken for another kind. Knows no network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm

from longshore.credentials.jws import PUBLIC_ALGORITHMS
from longshore.registry.credentials import TokenInvalid

LIMIT = 64  # keys of an issuer

JWK = Mapping[str, Any]

_CURVES: Mapping[str, tuple[str, ...]] = {
    "ES256": ("P-256",),
    "ES384": ("P-384",),
    "ES512": ("P-521",),
    "EdDSA": ("Ed25519", "Ed448"),
}
_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}  # by an algorithm's first letters


def keys_of(document: Mapping[str, Any]) -> list[JWK]:
    """Raises TokenInvalid if it is no set of keys."""
    found = document.get("keys")
    if not isinstance(found, list) or len(found) > LIMIT:
        raise TokenInvalid(f"what should be a set of at most {LIMIT} keys is not")
    return [key for key in found if isinstance(key, dict)]


def fitting(keys: Sequence[JWK], key_id: str | None, algorithm: str) -> list[jwt.PyJWK]:
    """The keys of that id, several if the issuer gave it to several, that fit the algorithm.

    Without an id it has to be the only one that fits (OpenID Connect Core 1.0, section 10.1).
    """
    found = list(_loaded(keys, key_id, algorithm))
    return found if key_id is not None or len(found) == 1 else []


def _loaded(keys: Sequence[JWK], key_id: str | None, algorithm: str) -> Iterator[jwt.PyJWK]:
    for key in keys:
        if key_id in (None, key.get("kid")) and _fits(key, algorithm):
            try:
                yield jwt.PyJWK(dict(key), algorithm)
            except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, AttributeError):
                continue  # a damaged key is nobody's


def _fits(key: JWK, algorithm: str) -> bool:
    operations = key.get("key_ops", ["verify"])
    return (
        algorithm in PUBLIC_ALGORITHMS
        and key.get("kty") == _TYPES[algorithm[:2]]
        and key.get("alg", algorithm) == algorithm
        and key.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and (algorithm not in _CURVES or key.get("crv") in _CURVES[algorithm])
        and "d" not in key  # a private key that is published is nobody's any more
    )
