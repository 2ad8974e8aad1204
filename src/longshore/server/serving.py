"""`longshore serve`: the workers that answer requests, and the collector beside them.

Decides which processes there are and how they start and end. The collector has a process of its
own, so that its work is never between a client and its reply.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from structlog.typing import FilteringBoundLogger

from longshore.api.app import App
from longshore.api.authentication import Authenticator
from longshore.api.context import Context
from longshore.api.metrics import Metrics
from longshore.api.news import ANSWERED, ASKED, RUNNING
from longshore.api.origin import Origin
from longshore.api.rates import RequestRate
from longshore.api.sightings import Sightings
from longshore.api.waiting import Question, Waiting
from longshore.server import background, exposure, fellows, stopping, wiring
from longshore.server.config import Settings
from longshore.server.fellows import Fellows
from longshore.server.logs import make_logger
from longshore.server.values import Address
from longshore.server.workers import Workers

if TYPE_CHECKING:
    from longshore.server.certificates import Certificates

# Enough that pushes which wait for the disk do so side by side.
THREADS = 32
MOST_WORKERS = 4  # unless more are asked for: each takes some 60 MB
WAITING_SHARE = 0.75  # of the connections may wait for news
LISTENING_SHARE = 0.125  # for questions about logs; a host that may not asks every few seconds
READING_SHARE = 0.03  # for answers to them
RESTART_AFTER = 1.0  # seconds in which a collector that can not run does no harm


class _Collector:
    """The collector's process; should it end, another one begins."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()

    def start(self) -> None:
        self._process = self._begin()
        threading.Thread(target=self._attend, daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._process.terminate()
        self._process.join()

    def _begin(self) -> BaseProcess:
        work = partial(background.run, self._settings)
        arguments = (work, os.getpid())
        process = get_context("fork").Process(target=_in_child, args=arguments, name="collector")
        process.start()
        return process

    def _attend(self) -> None:
        log = make_logger(self._settings)
        while True:
            self._process.join()
            if self._stopping.wait(RESTART_AFTER):
                return
            log.error("collector ended", code=self._process.exitcode)
            self._process = self._begin()
            if self._stopping.is_set():  # it was, while this one began
                self._process.terminate()


def serve(settings: Settings) -> None:
    """Run until a signal ends it; running transfers get `stop_timeout` to finish."""
    # Until the server listens for it itself; the first process of a container ignores it otherwise.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = settings.model_copy(update={"root": settings.root.absolute()})
    log = make_logger(settings)
    certificates = _load_certificates(settings, log)
    wiring.notifier(settings)  # what is wrong with its settings is said before anything starts
    host = _free_address(settings.listen)
    wiring.prepare(settings)
    is_open = exposure.is_open(settings, host, is_secured=wiring.is_secured(settings))
    fellows.forget(_fellows_folder(settings))
    scheme = "https" if certificates else "http"
    log.info("serving", address=f"{scheme}://{settings.listen}", data=str(settings.root))
    if is_open:
        log.warning(exposure.OPEN, address=str(settings.listen))
    load = partial(_load, settings, certificates, os.getpid(), is_open=is_open)
    _make_server(settings, host, certificates).serve(target_loader=load, wrap_loader=False)
    log.info("stopped")


def _load_certificates(settings: Settings, log: FilteringBoundLogger) -> Certificates | None:
    """What the server shows; None without TLS. Raises ConfigurationError if it is not fit."""
    if settings.tls_cert is None and settings.tls_key is None and settings.tls_client_ca is None:
        return None
    # Reading certificates takes 16 MB of memory: only of those who have some.
    from longshore.server.certificates import Certificates

    return Certificates(settings, log)


def _make_server(settings: Settings, host: str, certificates: Certificates | None) -> Workers:
    workers = _workers(settings)
    server = Workers(
        settings,
        certificates,
        address=host,
        port=settings.listen.port,
        interface=Interfaces.ASGI,
        workers=workers,
        backpressure=max(1, settings.connection_limit // workers),
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=settings.header_timeout * 1000),
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=settings.stop_timeout,
        respawn_failed_workers=True,
    )
    collector = _Collector(settings)
    # A child that is told to stop while it is just starting shall hear it when it can obey.
    os.register_at_fork(before=stopping.hold, after_in_parent=stopping.release)
    server.on_startup(collector.start)
    server.on_shutdown(collector.stop)
    if certificates:
        watching = threading.Thread(target=certificates.watch, args=(server.renew,), daemon=True)
        server.on_startup(watching.start)
    return server


def _free_address(listen: Address) -> str:
    """The host as a number; raises OSError, before anything is written, if it can not be had."""
    try:
        found = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        socket.create_server((address[0], listen.port), family=family).close()
    except socket.gaierror as problem:
        raise OSError(problem.errno, problem.strerror, str(listen)) from None
    except OSError as problem:
        reason = os.strerror(problem.errno or 0)
        if problem.errno == errno.EADDRINUSE:
            reason += ": choose another with --listen, or end what has it"
        raise OSError(problem.errno, reason, str(listen)) from None
    return str(address[0])


def _load(
    settings: Settings, certificates: Certificates | None, parent: int, *, is_open: bool
) -> App:
    """The application of one worker; runs in the worker's process."""
    stopping.end_with(parent)
    parts = wiring.connect(settings)
    mine = Fellows(_fellows_folder(settings), str(os.getpid()))
    metrics = Metrics(mine.others)
    log = make_logger(settings)
    credentials = wiring.credentials(settings, lambda problem: log.error(str(problem)))
    context = Context(
        metadata=parts.metadata,
        store=parts.store,
        space=parts.space,
        open_uploads=parts.open_uploads,
        metrics=metrics,
        credentials=credentials,
        authenticator=Authenticator(parts.metadata, credentials, is_open=is_open),
        origin=_origin(settings),
        messenger=wiring.notifier(settings),
        manifest_limit=settings.manifest_limit,
        page_limit=settings.page_limit,
        token_lifetime=settings.token_lifetime,
        is_open=is_open,
        waiting=_waiting(settings, parts, WAITING_SHARE, RUNNING),
        listening=_waiting(settings, parts, LISTENING_SHARE, ASKED),
        reading=_waiting(settings, parts, READING_SHARE, ANSWERED),
        sightings=Sightings(parts.metadata),
        body_min_rate=settings.body_min_rate,
        request_rate=RequestRate(settings.request_rate) if settings.request_rate else None,
        certificate_expires=certificates.fit.expires if certificates else None,
    )
    lifespan = partial(_live, parts, mine, context, parent)
    return App(context, log, lifespan)


def _waiting(settings: Settings, parts: wiring.Parts, share: float, question: Question) -> Waiting:
    """What makes requests wait; the rest of a worker's connections is for transfers."""
    limit = min(settings.waiting_limit, round(settings.connection_limit * share))
    rows = parts.metadata
    return Waiting(rows, rows.changes, question, limit // _workers(settings))


def _workers(settings: Settings) -> int:
    return settings.workers or min(os.cpu_count() or 1, MOST_WORKERS)


def _origin(settings: Settings) -> Origin:
    return Origin(
        settings.trusted_proxies,
        settings.external_url,
        str(settings.listen),
        settings.client_cert_header.lower().encode(),
    )


@contextlib.asynccontextmanager
async def _live(
    parts: wiring.Parts, mine: Fellows, context: Context, parent: int
) -> AsyncIterator[None]:
    end_waits = partial(asyncio.get_running_loop().call_soon_threadsafe, context.end_waits)
    obeying = threading.Thread(target=stopping.obey, args=(parent, end_waits), daemon=True)
    stopping.when_serving(obeying.start)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "disk"))
    publishing = asyncio.create_task(mine.publish(context.metrics.snapshot))
    yield
    publishing.cancel()
    mine.leave(context.metrics.snapshot())
    await context.sightings.write()
    parts.metadata.close()


def _in_child(work: Callable[[], Any], parent: int) -> None:
    stopping.end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells the whole group; the
    # first process ends this one, for which any moment is safe.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    stopping.release()
    work()


def _fellows_folder(settings: Settings) -> Path:
    return settings.root / "workers"
