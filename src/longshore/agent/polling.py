"""Polling: a server is asked for news again and again, and waits with its reply for them.

Decides how long it may wait, and the pauses between requests: they grow while nobody answers, and
one follows where the server has no room for those who wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from longshore.agent.ports import Unreachable
from longshore.client.patience import Patience

LONG_POLL = 25.0  # seconds; proxies cut off what is silent for longer than a minute
PATIENCE = Patience(first=1.0, longest=60.0)
CROWDED = 4  # the pause after so many attempts, where there is no room to wait

News = TypeVar("News")


class Polling(Generic[News]):
    """One that asks for one thing."""

    def __init__(self, unreachable: Callable[[Unreachable], None] | None = None) -> None:
        """`unreachable` is told when answers stop coming, once."""
        self._unreachable = unreachable
        self._unanswered = 0

    def ask(self, poll: Callable[[float], News | None], end: threading.Event) -> News | None:
        """What there is of news; with none, the pause before the next request is over."""
        began = time.monotonic()
        try:
            news = poll(LONG_POLL)
        except Unreachable as problem:
            self._unanswered += 1
            if self._unanswered == 1 and self._unreachable is not None:
                self._unreachable(problem)
            end.wait(PATIENCE.pause(self._unanswered))
            return None
        self._unanswered = 0
        if news is None and time.monotonic() - began < LONG_POLL / 2:  # too many wait
            end.wait(PATIENCE.pause(CROWDED))
        return news
