"""The ASGI application: every request goes through `_answer` once, and comes back.

Decides what happens around a handler: room on the disk, errors, the request's id, counting and
logging. Knows no endpoint.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from structlog.typing import FilteringBoundLogger

from longshore.api.authorization import (
    Need,
    authorise,
    challenged,
    repository_of,
    scope_of,
)
from longshore.api.context import Context
from longshore.api.errors import render
from longshore.api.messages import Message, Receive, Request, Response, Send
from longshore.api.routes import Endpoint, match
from longshore.delivery.errors import Blocked
from longshore.oci.errors import Denied, OCIError, StorageFull, TagMoved, Unauthorized
from longshore.registry import audit
from longshore.registry.refusals import Forbidden, Refusal

Lifespan = Callable[[], AbstractAsyncContextManager[None]]

# Clients may invent methods; the labels of metrics shall stay few.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# Nobody decided these against the caller: a disk is full, or its own condition does not hold.
_UNDECIDED = (StorageFull, TagMoved)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class App:
    def __init__(self, context: Context, log: FilteringBoundLogger, lifespan: Lifespan) -> None:
        self._context = context
        self._log = log
        self._tells_all = log.is_enabled_for(logging.DEBUG)
        self._lifespan = lifespan
        self._ids = _RequestIds()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            origin, pace = self._context.origin, self._context.body_min_rate
            await self._answer(Request(scope, receive, origin, pace), send)

    async def _answer(self, request: Request, send: Send) -> None:
        started = time.perf_counter()
        request.id = self._ids.of(request)
        route, response = await self._handle(request)
        response.headers.append((b"x-request-id", request.id.encode()))
        await response.send(send, with_body=request.method != "HEAD")
        self._record(request, route, response, time.perf_counter() - started)
        await request.discard()

    async def _handle(self, request: Request) -> tuple[str, Response]:
        name = "none"
        try:
            if self._context.request_rate is not None:
                self._context.request_rate.require(request.address)
            route, endpoint, arguments = match(request)
            name = route.name
            await self._admit(endpoint.need, request, arguments)
            if request.method in route.pushes:
                self._context.space.require()
            return name, await self._obey(endpoint, request, arguments)
        except Unauthorized as refusal:
            return name, render(challenged(request, refusal))
        except (OCIError, Refusal) as refusal:
            return name, render(refusal)
        except Exception as fault:  # noqa: BLE001  the client gets a reply, the log the cause
            self._log.error("request failed", id=request.id, path=request.path, exc_info=fault)
            return name, render(fault)

    async def _admit(self, need: Need, request: Request, arguments: Sequence[str]) -> None:
        """Find out who calls and whether that is enough; raises what `authorise` does.

        Needs nothing of who asks for nothing: probes do not fail with the database.
        """
        if need is Need.NOTHING:
            return
        repository = repository_of(need, arguments)
        try:
            request.caller = await self._context.authenticator.identify(request)
        except Unauthorized as refusal:
            raise challenged(request, refusal, scope_of(need, repository)) from None
        try:
            authorise(need, request, repository)
        except (Denied, Forbidden) as refusal:
            if not request.caller.is_anonymous:  # anybody could fill the log with it
                await self._note(need, request, refusal)
            raise

    async def _obey(
        self, endpoint: Endpoint, request: Request, arguments: Sequence[str]
    ) -> Response:
        """Call the handler. A refusal of somebody who was let in is noted, whoever that is."""
        try:
            return await endpoint.handler(self._context, request, *arguments)
        except _UNDECIDED:
            raise
        except (Denied, Forbidden, Blocked) as refusal:
            await self._note(endpoint.need, request, refusal)
            raise

    async def _note(self, need: Need, request: Request, refusal: Exception) -> None:
        """The line in the audit log that the transaction of the act would have had."""
        metadata, target = self._context.by(request), request.path[:300]
        await audit.if_room(metadata, audit.refuse, need.act, target, str(refusal))

    def _record(self, request: Request, route: str, response: Response, seconds: float) -> None:
        method, status = request.method, response.status
        sent = 0 if method == "HEAD" else response.size
        label = method if method in _METHODS else "other"
        self._context.metrics.count(route, label, status, seconds, request.received, sent)
        # What changes something and what is refused is told; reads are counted, and told to
        # those who ask for the debug level.
        is_change = status < 300 and (method in {"PUT", "DELETE"} or status == 201)
        is_refusal = status >= 400 and not (method == "HEAD" and status == 404)
        if not (is_change or is_refusal or self._tells_all):
            return
        tell = self._log.info if is_change or is_refusal else self._log.debug
        tell(
            "request",
            id=request.id,
            address=request.address,
            method=method,
            path=request.path,
            status=status,
            ms=round(seconds * 1000, 1),
            received=request.received,
            sent=sent,
        )

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._lifespan():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


class _RequestIds:
    """Ids that no two requests share: a random beginning for the process, then a number."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(6)
        self._last = 0

    def of(self, request: Request) -> str:
        """The id that the client or a proxy gave the request, or a new one."""
        given = request.header(b"x-request-id")
        if given and _REQUEST_ID.fullmatch(given):
            return given
        self._last += 1
        return f"{self._prefix}-{self._last:x}"
