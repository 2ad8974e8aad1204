"""Identity tokens of others: of an OpenID Connect issuer that says who a build is.

Decides which of an issuer's tokens are believed (OpenID Connect Core 1.0, section 3.1.3.7; RFC
8725): signed by which algorithm, for whom, and when. Whom a believed token lets in is decided in
`trust`. Whether it may come twice is the caller's to remember: nothing is remembered here but keys.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from longshore.credentials import jws
from longshore.credentials.issuers import PATIENCE, Issuer
from longshore.registry.credentials import TokenInvalid

SKEW = 60  # seconds that an issuer's clock and ours may differ; a token is good for longer by that
LONGEST = 24 * 3600  # seconds from `iat` to `exp`: a build takes hours

_JWT = frozenset({"jwt", "application/jwt"})  # RFC 7519, section 5.1
# What brings another key along, and what asks for more than is understood (RFC 7515, section 4.1).
_REFUSED = ("jku", "jwk", "x5u", "crit")
_LATEST = 1 << 53  # seconds: beyond, whole numbers and others do not compare


class OIDCIdentityTokens:
    """Belongs to one event loop. `patience` in seconds is for all that an issuer is asked at once.

    Ask for issuers that a policy names only: each is called, and remembered for good.
    """

    def __init__(
        self, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience = patience
        self._clock = clock
        self._issuers: dict[str, Issuer] = {}

    def issuer_of(self, token: str) -> str | None:
        try:
            issuer = jws.unverified(token).get("iss")
        except TokenInvalid:
            return None
        return issuer if isinstance(issuer, str) else None

    async def verify(self, token: str, issuer: str, audience: str, now: int) -> Mapping[str, Any]:
        algorithm, key_id = _read_header(jws.header(token))
        # Before the signature: what would be refused anyway does not cost the issuer a call.
        claims = jws.unverified(token)
        _check_parties(claims, issuer, audience)
        _check_times(claims, now)
        for key in await self._issuer(issuer).keys(key_id, algorithm):
            with suppress(TokenInvalid):
                return jws.verify(token, key, algorithm)
        raise TokenInvalid("the signature is not right")

    def _issuer(self, url: str) -> Issuer:
        if url not in self._issuers:
            self._issuers[url] = Issuer(url, self._patience, self._clock)
        return self._issuers[url]


def _read_header(header: Mapping[str, Any]) -> tuple[str, str | None]:
    """The algorithm and the key's id, if it has one."""
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in jws.PUBLIC_ALGORITHMS:
        raise TokenInvalid("it is signed by an algorithm that is not accepted")
    if not isinstance(kind, str) or kind.lower() not in _JWT:
        raise TokenInvalid("it is another type of token")
    if key_id is not None and not isinstance(key_id, str):
        raise TokenInvalid("its key's id is no text")
    for name in _REFUSED:
        if name in header:
            raise TokenInvalid(f"its header has {name}, which is not accepted")
    return algorithm, key_id


def _check_parties(claims: Mapping[str, Any], issuer: str, audience: str) -> None:
    if claims.get("iss") != issuer:
        raise TokenInvalid("another issuer signed it")
    audiences = claims.get("aud")
    if audience not in (audiences if isinstance(audiences, list) else [audiences]):
        raise TokenInvalid("it is for another audience")
    subject = claims.get("sub")
    if not (isinstance(subject, str) and subject):
        raise TokenInvalid("it has no subject")


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    expires_at, issued_at = _seconds(claims, "exp"), _seconds(claims, "iat")
    starts_at = _seconds(claims, "nbf") if "nbf" in claims else issued_at
    if now >= expires_at + SKEW:
        raise TokenInvalid("it has expired")
    if now + SKEW < max(starts_at, issued_at):
        raise TokenInvalid("it is not valid yet")
    if expires_at - issued_at > LONGEST:
        raise TokenInvalid(f"it is valid for more than {LONGEST // 3600} hours")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    """A NumericDate (RFC 7519, section 2), which need not be whole."""
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or abs(found) > _LATEST:
        raise TokenInvalid(f"it has no {name}, or not as it should be")
    return found
