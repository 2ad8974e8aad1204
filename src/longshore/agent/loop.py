"""The agent's loop: ask what is due, keep it, tell what became of it, for as long as it lives.

Decides how often somebody is asked, and what happens while nobody answers: what was last due is
kept, and pauses grow. It has nothing to put in order at its end, for a rollout may end anywhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from longshore.agent import polling
from longshore.agent.keeping import keep
from longshore.agent.polling import Polling
from longshore.agent.ports import Desired, Due, Memory, Report, Unreachable
from longshore.delivery.rollouts.execution import Executor, Journal, Unavailable

HEARTBEAT = 600.0  # seconds between two reports when there is no news; asking is a sign of life

Work = Callable[[threading.Event], None]


class Agent:
    """Keeps one environment on one host."""

    def __init__(
        self,
        desired: Desired,
        executor: Executor,
        journal: Journal,
        memory: Memory,
        say: Callable[[str], None],
        beside: Work | None = None,
    ) -> None:
        """`say` is told what a person who reads along should know, a line at a time.

        `beside` is what else goes on, rollouts or not.
        """
        self._desired = desired
        self._executor = executor
        self._journal = journal
        self._memory = memory
        self._say = say
        self._beside = beside
        self._reporter = Reporter(desired)
        self._polling: Polling[Due] = Polling(self._unreachable)

    def run(self, end: threading.Event) -> None:
        """Go on until somebody sets `end`."""
        reporting = threading.Thread(target=self._reporter.run, args=(end,), daemon=True)
        reporting.start()
        if self._beside is not None:
            threading.Thread(target=self._beside, args=(end,), daemon=True).start()
        due = self._memory.read()
        while not end.is_set():
            if due is not None:
                keep(due, self._executor, self._journal, self._tell)
            due = self._ask(due, end)
        self._reporter.wake()
        reporting.join()

    def _tell(self, report: Report) -> None:
        if self._reporter.tell(report):
            shown = f"{report.service} {report.number}: {report.condition}"
            self._say(f"{shown}: {report.detail}" if report.detail else shown)

    def _ask(self, due: Due | None, end: threading.Event) -> Due | None:
        """What is due now; what was due before, if nobody says so or nothing is new."""
        known = due.generation if due else None
        asked = self._polling.ask(partial(self._desired.wait, known), end)
        if asked is None:
            return due
        if asked != due:
            self._remember(asked)
        return asked

    def _unreachable(self, problem: Unreachable) -> None:
        self._say(f"nobody says what is due: {problem}")

    def _remember(self, due: Due) -> None:
        try:
            self._memory.write(due)
        except Unavailable as problem:
            self._say(f"a start without the server will not know what is due: {problem}")


class Reporter:
    """Tells what is known of every service, at once when there is news, else now and then."""

    def __init__(self, desired: Desired) -> None:
        self._desired = desired
        self._reports: dict[str, Report] = {}
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._unanswered = 0

    def tell(self, report: Report) -> bool:
        """Take it; answers whether it is news."""
        with self._lock:
            is_news = self._reports.get(report.service) != report
            self._reports[report.service] = report
        if is_news:
            self._news.set()
        return is_news

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
                end.wait(polling.PATIENCE.pause(self._unanswered))
            else:
                self._unanswered = 0
                return

    def _known(self) -> tuple[Report, ...]:
        with self._lock:
            return tuple(self._reports.values())
