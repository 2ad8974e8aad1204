"""Work done side by side: bounded, and over at the first failure.

Decides that when one piece of work fails, or somebody presses Ctrl-C, all others end as soon as
they look up: between two pieces of content, or while they wait for another try.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from typing import TypeVar

from longshore.client.errors import Stopped

DEFAULT_SIZE = 6  # transfers at a time
GRACE = 2.0  # seconds in which others may end by themselves

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Pool:
    """Threads that end together; `each` must not be called by what it calls."""

    def __init__(self, size: int = DEFAULT_SIZE) -> None:
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="transfer")
        self._stop = threading.Event()

    def each(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
        """What the function answers for each, in their order; raises the first failure."""
        futures: list[Future[_Result]] = [self._threads.submit(function, item) for item in items]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            self._stop.set()
            for future in futures:
                future.cancel()
            wait(futures, GRACE)
            raise
        return [future.result() for future in futures]

    def check(self) -> None:
        """Raises Stopped if there is no point in going on."""
        if self._stop.is_set():
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than there is a point in it; raises Stopped."""
        if self._stop.wait(seconds):
            raise Stopped

    def close(self) -> None:
        self._stop.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
