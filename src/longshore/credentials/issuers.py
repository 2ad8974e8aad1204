"""Issuers of identity tokens, and the keys that each has now (OpenID Connect Discovery 1.0).

Decides where keys come from, how long they are kept, and how often an issuer is asked: made-up
tokens make nobody ask more often, and what an issuer sends is bounded in size and time. Reads no
token.
"""

from __future__ import annotations

import asyncio
import functools
import re
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import jwt

from longshore.credentials import jwks, jws
from longshore.registry.credentials import TokenInvalid
from longshore.registry.trust import is_secure

PATIENCE = 5.0  # seconds
ASK_EVERY = 10.0  # seconds, at most: for a key that was not there before, and after a failure
FRESH = 600.0  # seconds, where the issuer does not say
FRESHEST, STALEST = 60.0, 3600.0  # seconds: what an issuer says counts between these
GOOD = 6 * 3600.0  # seconds that keys go on when the issuer can not be asked
LIMIT = 256 * 1024  # bytes of a document

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])", re.ASCII | re.IGNORECASE)


class _Keys(NamedTuple):
    keys: list[jwks.JWK]
    fresh_until: float
    good_until: float


class Issuer:
    """One issuer's keys. Belongs to one event loop."""

    def __init__(self, url: str, patience: float, clock: Callable[[], float]) -> None:
        self._url = url
        self._patience = patience
        self._clock = clock
        self._known = _Keys([], float("-inf"), float("-inf"))
        self._ask_again = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._failure = ""

    async def keys(self, key_id: str | None, algorithm: str) -> list[jwt.PyJWK]:
        """Those that a signature may be by, at least one; raises TokenInvalid."""
        found = jwks.fitting(self._known.keys, key_id, algorithm)
        if not found or self._clock() >= self._known.fresh_until:
            await self._refresh()
            found = jwks.fitting(self._known.keys, key_id, algorithm)
        if self._failure and self._clock() >= self._known.good_until:
            raise TokenInvalid(f"the issuer can not be asked for its keys: {self._failure}")
        if not found:
            raise TokenInvalid("the issuer has no such key")
        return found

    async def _refresh(self) -> None:
        """Ask once for all who wait, and whoever gives up leaves the others their answer."""
        if self._asking is None:
            if self._clock() < self._ask_again:
                return
            self._asking = asyncio.create_task(self._ask())
        await asyncio.shield(self._asking)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                self._known = await self._fetch()
            self._failure = ""
        except TokenInvalid as error:
            self._failure = str(error)
        except TimeoutError:
            self._failure = "it does not answer in time"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            self._failure = "it can not be reached"
        finally:
            self._ask_again = self._clock() + ASK_EVERY
            self._asking = None

    async def _fetch(self) -> _Keys:
        trusted = await asyncio.to_thread(_certificates)
        async with httpx.AsyncClient(
            verify=trusted, timeout=self._patience, follow_redirects=False
        ) as http:
            # Section 4.1: a terminating "/" is left out.
            place = f"{self._url.rstrip('/')}/.well-known/openid-configuration"
            document, _ = await _get(http, place)
            if document.get("issuer") != self._url:
                raise TokenInvalid("its discovery document is another issuer's")
            published, age = await _get(http, self._place_of_keys(document))
        now = self._clock()
        return _Keys(jwks.keys_of(published), now + age, now + GOOD)

    def _place_of_keys(self, document: dict[str, Any]) -> str:
        place = document.get("jwks_uri")
        if not isinstance(place, str):
            raise TokenInvalid("its discovery document names no place of keys")
        if self._url.startswith("https:") and not place.startswith("https:"):
            raise TokenInvalid("its discovery document names a place of keys on this machine")
        return place


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Of the authorities that this machine trusts (SSL_CERT_FILE); to read them takes a while."""
    return httpx.create_ssl_context()


async def _get(http: httpx.AsyncClient, url: str) -> tuple[dict[str, Any], float]:
    """A JSON object, and for how many seconds it is fresh."""
    if not is_secure(url):
        raise TokenInvalid("its documents are neither by https nor on this machine")
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    content = bytearray()
    async with http.stream("GET", url, headers=headers) as answer:
        if answer.status_code != httpx.codes.OK:
            raise TokenInvalid(f"{url} answers {answer.status_code}")
        async for chunk in answer.aiter_raw():
            content += chunk
            if len(content) > LIMIT:
                raise TokenInvalid(f"{url} answers with more than {LIMIT} bytes")
    return jws.parse(bytes(content)), _age(answer.headers.get("Cache-Control", ""))


def _age(cache_control: str) -> float:
    """RFC 9111, section 5.2.2, within our bounds."""
    if re.search(r"no-store|no-cache", cache_control, re.IGNORECASE):
        return FRESHEST
    said = _MAX_AGE.search(cache_control)
    return min(max(float(said[1]), FRESHEST), STALEST) if said else FRESH
