"""One POST to an address that an administrator chose.

Decides what it may cost (a few seconds, a few bytes of a reply) and what its reply means. Where
it leads is where it goes: no redirect is followed, and no certificate goes unchecked.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Mapping

import httpx

import longshore
from longshore.client.connection import is_loopback
from longshore.client.patience import PASSING, retry_after
from longshore.delivery.notifications.outbox import Undelivered

PATIENCE = 10.0  # seconds for all of it
REPLY_LIMIT = 1024  # bytes of a reply that are read
SHOWN = 200  # characters of it that are told

_HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": f"longshore/{longshore.__version__}",
    "Accept-Encoding": "identity",
}


async def post(url: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Answers the status and the beginning of what was said; raises Undelivered."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await _post(url, body, {**_HEADERS, **headers})
    except TimeoutError:
        raise Undelivered(f"there was no answer in {PATIENCE:.0f} seconds") from None
    except httpx.ConnectError as problem:
        raise Undelivered("it can not be reached", str(problem)) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        raise Undelivered("it does not answer as a web server does") from None


async def _post(url: str, body: bytes, headers: Mapping[str, str]) -> str:
    trusted = await asyncio.to_thread(_certificates)
    is_here = is_loopback(httpx.URL(url).netloc.decode())
    async with (
        # No proxy is between a machine and itself. The time is up before that of one step is.
        httpx.AsyncClient(
            verify=trusted, timeout=2 * PATIENCE, follow_redirects=False, trust_env=not is_here
        ) as http,
        http.stream("POST", url, content=body, headers=headers) as reply,
    ):
        said = _shown(await _beginning(reply))
        if reply.is_success:
            return f"{reply.status_code} {said}".rstrip()
        raise Undelivered(
            f"it answers {reply.status_code}",
            said,
            is_refusal=reply.status_code not in PASSING,
            retry_after=retry_after(reply),
        )


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Of the authorities that this machine trusts (SSL_CERT_FILE); to read them takes a while."""
    return httpx.create_ssl_context()


async def _beginning(reply: httpx.Response) -> bytes:
    content = b""
    async for chunk in reply.aiter_raw():
        content += chunk
        if len(content) >= REPLY_LIMIT:
            break
    return content[:REPLY_LIMIT]


def _shown(content: bytes) -> str:
    """For people, on one line: nothing in it may move a cursor."""
    text = content.decode(errors="replace")
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:SHOWN]
