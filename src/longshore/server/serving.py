"""`longshore serve`: the workers that answer requests, and the collector beside them.

Decides which processes there are and how they start and end. The collector has a process of its
own, so that its work is never between a client and its reply.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from longshore.api.app import App
from longshore.api.context import Context
from longshore.api.metrics import Metrics
from longshore.server import collecting, fellows, wiring
from longshore.server.config import Settings
from longshore.server.fellows import Fellows
from longshore.server.logs import make_logger

# Enough that pushes which wait for the disk do so side by side.
THREADS = 32
INSIST_EVERY = 0.5  # seconds


class _Server(Server):  # type: ignore[misc,valid-type]
    """Tells its workers more than once to stop: one that is just starting may miss it."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        super().signal_handler_interrupt(*args, **kwargs)
        threading.Thread(target=self._insist, daemon=True).start()

    def _insist(self) -> None:
        while True:
            time.sleep(INSIST_EVERY)
            for worker in list(self.wrks):
                worker.terminate()


def serve(settings: Settings) -> None:
    """Run until a signal ends it; running transfers get `stop_timeout` to finish."""
    settings = settings.model_copy(update={"root": settings.root.absolute()})
    _check_address(settings)
    wiring.prepare(settings)
    fellows.forget(_fellows_folder(settings))
    log = make_logger(settings)
    server = _Server(
        "longshore",
        address=settings.listen.host,
        port=settings.listen.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(),
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=settings.stop_timeout,
        respawn_failed_workers=True,
    )
    collector = get_context("fork").Process(
        target=_in_child, args=(partial(collecting.run, settings),), name="collector"
    )
    # A child that is told to stop before it listens for signals shall end, not ignore it.
    os.register_at_fork(after_in_child=_reset_signals)
    server.on_startup(collector.start)
    server.on_shutdown(collector.terminate)
    log.info("serving", address=f"http://{settings.listen}", data=str(settings.root))
    server.serve(target_loader=partial(_load, settings), wrap_loader=False)
    log.info("stopped")


def _check_address(settings: Settings) -> None:
    """Raises OSError before anything is started or written if the address can not be had."""
    host, port = settings.listen.host, settings.listen.port
    try:
        socket.create_server((host, port), family=_family(host)).close()
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, str(settings.listen)) from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _load(settings: Settings) -> App:
    """The application of one worker; runs in the worker's process."""
    _die_with_parent()
    parts = wiring.connect(settings)
    mine = Fellows(_fellows_folder(settings), str(os.getpid()))
    metrics = Metrics(mine.others)
    context = Context(
        metadata=parts.metadata,
        store=parts.store,
        space=parts.space,
        metrics=metrics,
        manifest_limit=settings.manifest_limit,
        page_limit=settings.page_limit,
    )
    lifespan = partial(_live, parts, mine, metrics)
    return App(context, make_logger(settings), lifespan)


@contextlib.asynccontextmanager
async def _live(parts: wiring.Parts, mine: Fellows, metrics: Metrics) -> AsyncIterator[None]:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "disk"))
    publishing = asyncio.create_task(mine.publish(metrics.snapshot))
    yield
    publishing.cancel()
    mine.leave(metrics.snapshot())
    parts.metadata.close()


def _reset_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def _in_child(work: Callable[[], Any]) -> None:
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells the whole group; the
    # first process ends this one, for which any moment is safe.
    work()


def _die_with_parent() -> None:
    """Should the first process be killed, no worker stays behind on its address (prctl(2))."""
    pr_set_pdeathsig = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _fellows_folder(settings: Settings) -> Path:
    return settings.root / "workers"
