"""What operators and probes ask: is it alive, is it ready, how is it doing; and end-1.

Decides what "ready" means: the database answers. A full disk is no reason to take a registry
out of service, since pulls go on.
"""

from __future__ import annotations

from longshore.api.context import Context
from longshore.api.messages import Request, Response
from longshore.api.metrics import CERTIFICATE_EXPIRY, CONTENT_TYPE
from longshore.oci import media_types
from longshore.registry import access, statistics

_TEXT = b"text/plain; charset=utf-8"
_WELCOME = b"""This is a Longshore registry.

Repositories      /v2/_catalog
Tags of one       /v2/<name>/tags/list
Push              docker push <this host>/<name>:<tag>
"""
_OPEN = b"""
Anybody who reaches this address may push, pull and delete. To close the registry, make an
account: longshore user add NAME
"""


async def base(context: Context, request: Request) -> Response:
    """end-1: what speaks here is a registry."""
    return Response(
        200,
        [
            (b"content-type", media_types.JSON.encode()),
            (b"docker-distribution-api-version", b"registry/2.0"),
        ],
        b"{}",
    )


async def root(context: Context, request: Request) -> Response:
    is_open = context.is_open and not (await context.metadata.read(access.state)).is_secured
    text = _WELCOME + _OPEN if is_open else _WELCOME
    return Response(200, [(b"content-type", _TEXT)], text)


async def healthz(context: Context, request: Request) -> Response:
    return Response(200, [(b"content-type", _TEXT)], b"ok\n")


async def readyz(context: Context, request: Request) -> Response:
    await context.metadata.read(access.state)
    return Response(200, [(b"content-type", _TEXT)], b"ready\n")


async def metrics(context: Context, request: Request) -> Response:
    totals = await context.metadata.read(statistics.totals)
    totals = {**totals, "available_bytes": context.space.available()}
    if context.certificate_expires is not None:
        totals[CERTIFICATE_EXPIRY] = context.certificate_expires
    body = context.metrics.exposition(totals)
    return Response(200, [(b"content-type", CONTENT_TYPE)], body)
