"""The agent's loop: ask what is due, keep it, tell what became of it, for as long as it lives.

Decides how often somebody is asked, and what happens while nobody answers: what was last due is
kept, and pauses grow. It has nothing to put in order at its end, for a rollout may end anywhere.
"""

from __future__ import annotations

import threading

from longshore.agent.keeping import keep
from longshore.agent.ports import Desired, Due, Memory, Report, Unreachable
from longshore.client.patience import Patience
from longshore.delivery.rollouts import Executor, Journal

LONG_POLL = 25.0  # seconds; proxies cut off what is silent for longer than a minute
HEARTBEAT = 60.0  # seconds between two reports when there is no news
PATIENCE = Patience(first=1.0, longest=60.0)


class Agent:
    """Keeps one environment on one host."""

    def __init__(
        self, desired: Desired, executor: Executor, journal: Journal, memory: Memory
    ) -> None:
        self._desired = desired
        self._executor = executor
        self._journal = journal
        self._memory = memory
        self._reporter = Reporter(desired)
        self._unanswered = 0

    def run(self, end: threading.Event) -> None:
        """Go on until somebody sets `end`."""
        reporting = threading.Thread(target=self._reporter.run, args=(end,), daemon=True)
        reporting.start()
        due = self._memory.read()
        while not end.is_set():
            if due is not None:
                keep(due, self._executor, self._journal, self._reporter.tell)
            due = self._ask(due, end)
        self._reporter.wake()
        reporting.join()

    def _ask(self, due: Due | None, end: threading.Event) -> Due | None:
        try:
            asked = self._desired.wait(due.generation if due else None, LONG_POLL)
        except Unreachable:
            self._unanswered += 1
            end.wait(PATIENCE.pause(self._unanswered))
            return due
        self._unanswered = 0
        if asked != due:
            self._memory.write(asked)
        return asked


class Reporter:
    """Tells what is known of every service, at once when there is news, else now and then."""

    def __init__(self, desired: Desired) -> None:
        self._desired = desired
        self._reports: dict[str, Report] = {}
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._unanswered = 0

    def tell(self, report: Report) -> None:
        with self._lock:
            is_news = self._reports.get(report.service) != report
            self._reports[report.service] = report
        if is_news:
            self._news.set()

    def wake(self) -> None:
        self._news.set()

    def run(self, end: threading.Event) -> None:
        while not end.is_set():
            self._news.wait(HEARTBEAT)
            self._news.clear()
            self._send(end)

    def _send(self, end: threading.Event) -> None:
        """Until it is told; what is newer by then is told in its place."""
        while not end.is_set() and (reports := self._known()):
            try:
                self._desired.report(reports)
            except Unreachable:
                self._unanswered += 1
                end.wait(PATIENCE.pause(self._unanswered))
            else:
                self._unanswered = 0
                return

    def _known(self) -> tuple[Report, ...]:
        with self._lock:
            return tuple(self._reports.values())
