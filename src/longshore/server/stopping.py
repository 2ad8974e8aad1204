"""How a process of the server hears that it is to stop.

Decides that none is told before it can obey, that none is told twice, and that none outlives the
first process; what there is to end, others know. A worker holds SIGTERM from its first moment on,
and lets it through once, when its loop can hear it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable

STOP = {signal.SIGTERM, signal.SIGINT}
LOOK_FOR_PARENT = 1.0  # seconds


def hold() -> None:
    """Let signals to stop wait, in this thread and those that it starts."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)


def release() -> None:
    """Hear signals to stop again, and those that waited."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)


def when_serving(act: Callable[[], object]) -> None:
    """Call `act` in the loop as soon as the worker serves; for the first task of its start.

    Granian runs the loop until the start is done, and once more from then on: a signal in between
    is lost, as uvloop hears none while it does not run. What ends the first run was registered
    before what is here, so that the loop is told to end it before it is told of `following`, and
    what that schedules is for the second.
    """
    loop = asyncio.get_running_loop()

    def following() -> None:
        loop.call_soon(act)

    (start,) = asyncio.all_tasks() - {asyncio.current_task()}
    start.add_done_callback(lambda _: loop.call_soon(following))


def obey(parent: int, end_waits: Callable[[], object]) -> None:
    """Wait for a SIGTERM and let it through, once; all others stay held, in every thread.

    Who waits for news is answered first: transfers are worth waiting for, and waits are not.

    A terminal tells the whole group to stop, and systemd every process, besides our parent: a
    worker of Granian that hears it twice never ends. Should the parent end without a word, that
    counts as well.
    """
    while signal.sigtimedwait({signal.SIGTERM}, LOOK_FOR_PARENT) is None:
        if os.getppid() != parent:
            break
    end_waits()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    signal.raise_signal(signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def end_with(parent: int) -> None:
    """Should the first process be killed, no worker stays behind on its address (prctl(2))."""
    pr_set_pdeathsig = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
    if os.getppid() != parent:  # it was, before it could be asked for
        sys.exit(1)
